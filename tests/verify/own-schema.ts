/** The schema that a run has for itself: made, used, and dropped whatever happens. Nothing else in the account is written. */
import { randomBytes } from 'node:crypto';
import { EngineError } from '../../runners/engines/engine.ts';
import { openSession, type Session } from '../../runners/engines/snowflake/session.ts';
import type { SnowflakeSettings } from '../../runners/engines/snowflake/settings.ts';

/** `at`: milliseconds since 1970. Letters, digits and `_`, so it needs no quotes. */
export function newSchemaName(at: number): string {
  const time = new Date(at).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '');
  return `LOCKSTEP_VERIFY_${time}_${randomBytes(4).toString('hex').toUpperCase()}`;
}

export const dropStatement = (name: string): string => `DROP SCHEMA IF EXISTS ${name}`;

/** Fails if there is one of that name, which is somebody else's then. */
export async function createSchema(session: Session, name: string): Promise<void> {
  try {
    await session.run(`CREATE SCHEMA ${name}`);
  } catch (thrown) {
    if (!(thrown instanceof EngineError)) throw thrown;
    throw new EngineError(thrown.engine, thrown.message, 'the role needs USAGE and CREATE SCHEMA on the database of the target');
  }
}

/** What follows replaces tables by their names alone, so the session must be where they are nobody else's. */
export async function useSchema(session: Session, name: string): Promise<void> {
  await session.run(`USE SCHEMA ${name}`);
  const [[current] = []] = await session.run('SELECT CURRENT_SCHEMA()');
  if (current !== name) throw new EngineError('snowflake', `the session is not in the schema ${name} that was made for it`);
}

/** null: it is gone; otherwise why not. `session`: null if it takes no statements any more. */
export async function dropSchema(session: Session | null, settings: SnowflakeSettings, name: string): Promise<string | null> {
  const ways: readonly (() => Promise<void>)[] = [
    ...(session === null ? [] : [() => drop(session, name)]),
    async () => {
      const another = await openSession(settings);
      try {
        await drop(another, name);
      } finally {
        await another.close();
      }
    },
  ];
  let problem = '';
  for (const way of ways) {
    try {
      await way();
      return null;
    } catch (thrown) {
      problem = thrown instanceof Error ? thrown.message : String(thrown);
    }
  }
  return problem;
}

async function drop(session: Session, name: string): Promise<void> {
  await session.run(dropStatement(name));
}
