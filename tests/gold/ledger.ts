/** The ledger: per engine and topic, how many gold cases are equal. A floor, only ever raised. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { countsByTopic, type Found } from './report.ts';

export type Ledger = Readonly<Record<string, Readonly<Record<string, number>>>>;

export function readLedger(file: string): Ledger {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Ledger) : {};
}

export function below(ledger: Ledger, engine: string, found: Found): readonly string[] {
  const counts = countsByTopic(found);
  return Object.entries(ledger[engine] ?? {}).flatMap(([topic, floor]) => {
    const equal = counts[topic]?.equal ?? 0;
    return equal < floor ? [`${engine}, ${topic}: ${equal} equal, and there were ${floor}`] : [];
  });
}

export function raise(file: string, found: ReadonlyMap<string, Found>): void {
  const ledger = readLedger(file);
  const raised = [...found].map(([engine, of]): [string, Record<string, number>] => {
    const floors = ledger[engine] ?? {};
    const equal = Object.entries(countsByTopic(of)).map(([topic, c]): [string, number] => [topic, Math.max(c.equal, floors[topic] ?? 0)]);
    return [engine, { ...floors, ...Object.fromEntries(equal) }];
  });
  writeFileSync(file, `${JSON.stringify({ ...ledger, ...Object.fromEntries(raised) }, null, 2)}\n`);
}
