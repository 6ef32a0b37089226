/** lockstep sources: drafts of sources from what a warehouse or dbt knows, and declared sources against the real ones. */
import type { Command as Program } from 'commander';
import type { CliCommand, ExitCode, Output } from './command.ts';
import { type Options as CheckOptions, checkedSources } from './sources-check.ts';
import { type Options as ImportOptions, importedSources } from './sources-import.ts';

export const sources: CliCommand = {
  register: (program, run) => {
    const parent = program
      .command('sources')
      .description('drafts of sources.yml from dbt or a warehouse; declared sources against the real ones');
    const subcommand = (name: string, description: string): Program =>
      parent
        .command(name)
        .description(description)
        .exitOverride()
        .configureOutput({ writeErr: (text) => process.stderr.write(text) });
    const act = (work: (output: Output) => Promise<ExitCode>): Promise<void> => run(work);
    subcommand('import', 'print a draft of sources.yml; what cannot be known is left for you, marked with # check')
      .usage('(--manifest <file> | --target <name> | --subject <name...>) [options]')
      .option('--manifest <file>', 'manifest.json of dbt, version 12; types come from a catalog.json beside it, or from data_type')
      .option('--target <name>', 'a target of lockstep.yml: the tables and views that it has')
      .option('--subject <name...>', 'Avro schemas of a registry: subjects, as <topic>-value')
      .option('--registry <url>', 'where that is (default: KAFKA_SCHEMA_REGISTRY)')
      .option('--relation <name...>', 'only these: table, schema.table, database.schema.table, or as dbt calls it')
      .option('--kind <kind>', 'stream: events that stay as they are; table: rows that change', 'stream')
      .option('--out <file>', 'a new file, instead of stdout')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((options: ImportOptions) => act((output) => importedSources(options, output)));
    subcommand('check', 'declared sources against the relations of a target: columns, types, keys, freshness, volume, values')
      .usage('--target <name> [options]')
      .option('--target <name>', 'a target of lockstep.yml, of engine duckdb; it is only read')
      .option('--source <name...>', 'only these (default: all)')
      .option('--now <instant>', 'what counts as now, UTC (default: the clock)')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((options: CheckOptions) => act((output) => checkedSources(options, output)));
  },
};
