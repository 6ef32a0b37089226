/** A session on the account of a target, for one command. */
import { openSession, type Session } from '../engines/snowflake/session.ts';
import { settingsOf } from './snowflake-settings.ts';
import type { NamedTarget } from './target-file.ts';

export interface Account {
  readonly session: Session;
  /** What is done from now on, in the account's own history. */
  readonly tag: (what: Readonly<Record<string, string>>) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openAccount(target: NamedTarget, command: string): Promise<Account> {
  const session = await openSession(await settingsOf(target), {
    target: target.name,
    slow: (host) => target.say?.(`waiting for ${host}, of the target ${target.name} …`),
  });
  // Ctrl-C, or who manages processes; whoever does it twice means this process.
  process.once('SIGINT', session.interrupt);
  process.once('SIGTERM', session.interrupt);
  const close = async (): Promise<void> => {
    process.off('SIGINT', session.interrupt);
    process.off('SIGTERM', session.interrupt);
    await session.close();
  };
  const tag = (what: Readonly<Record<string, string>>): Promise<void> => session.tag({ tool: 'lockstep', command, ...what });
  try {
    await tag({});
  } catch (thrown) {
    await close();
    throw thrown;
  }
  return { session, tag, close };
}
