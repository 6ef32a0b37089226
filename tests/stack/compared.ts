/** What `lockstep parity --batch TARGET` says of tables that dbt built. */
import { lockstep } from '../support/cli.ts';

export interface Compared {
  readonly code: number;
  readonly err: string;
  readonly features: readonly {
    readonly feature: string;
    readonly verdict: string;
    readonly samples: number;
    readonly mismatches: number;
    readonly referenceMismatches: number;
    readonly causes: Readonly<Record<string, number>>;
    readonly incidents: readonly { readonly cause: string; readonly from: string; readonly to: string }[];
  }[];
}

export async function compared(folder: string, target: string, ...more: readonly string[]): Promise<Compared> {
  const { code, out, err } = await lockstep('parity', '--project', folder, '--batch', target, '--format', 'json', ...more);
  return { code, err, features: (JSON.parse(out) as Pick<Compared, 'features'>).features };
}
