/** What a command is, and how it speaks: the result goes to stdout, everything else to stderr. */
import type { Command as Program } from 'commander';

export interface Output {
  /** The result. */
  readonly result: (text: string) => void;
  /** Everything else. */
  readonly say: (text: string) => void;
  readonly color: boolean;
  /** A bar on a terminal, for work that takes longer than a second; silent when piped. */
  readonly progress: (label: string, total: number) => Progress;
}

export interface Progress {
  /** `note`: what else is known by then. */
  readonly step: (done: number, note?: string) => void;
  readonly end: () => void;
}

/** 0 fine · 1 findings · 2 wrong usage, bad data, broken environment · 3 undecided or nothing compared */
export type ExitCode = 0 | 1 | 2 | 3;

export type Run = (action: (output: Output) => Promise<ExitCode>) => Promise<void>;

/** One file and one line in the list of commands. */
export interface CliCommand {
  readonly register: (program: Program, run: Run) => void;
}

export interface CommonOptions {
  readonly project?: string;
  readonly format: string;
}
