/** A real schema registry (Apicurio, one door of which has Confluent's routes), behind a door of ours that can be shut. */
import { spawn } from 'node:child_process';
import { connect, createServer, type Server } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { ended, freePort } from './processes.ts';

export interface RunningRegistry {
  /** What KAFKA_SCHEMA_REGISTRY is set to; nobody listens there until the door is opened. */
  readonly url: string;
  /** The schema's id. */
  readonly register: (subject: string, schema: unknown, type: 'AVRO' | 'JSON') => Promise<number>;
  readonly open: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function schemaRegistry(): Promise<RunningRegistry> {
  const [inside, outside] = [await freePort(), await freePort()];
  const path = 'apis/ccompat/v7';
  const jar = resolve(stackFolder, 'registry/jars/apicurio-registry-app-2.6.13.Final-runner.jar');
  const options = ['-Xmx384m', '-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${inside}`];
  const server = spawn('java', [...options, '-jar', jar], { stdio: 'ignore' });
  for (const started = Date.now(); ; await pause(200)) {
    const ready = await fetch(`http://127.0.0.1:${inside}/${path}/subjects`).then(
      (r) => r.ok,
      () => false,
    );
    if (ready) break;
    if (Date.now() - started > 90_000) throw new Error('the schema registry did not start');
  }
  let door: Server | undefined;
  return {
    url: `http://127.0.0.1:${outside}/${path}`,
    register: async (subject, schema, schemaType) => {
      const response = await fetch(`http://127.0.0.1:${inside}/${path}/subjects/${subject}/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        body: JSON.stringify({ schema: JSON.stringify(schema), schemaType }),
      });
      const { id } = (await response.json()) as { id?: number };
      if (id === undefined) throw new Error(`${subject} was not registered: ${response.status}`);
      return id;
    },
    open: () =>
      new Promise((done) => {
        door = createServer((socket) => {
          const through = connect(inside, '127.0.0.1');
          for (const end of [socket, through]) end.on('error', () => end.destroy());
          socket.pipe(through).pipe(socket);
        }).listen(outside, '127.0.0.1', () => done());
      }),
    stop: async () => {
      door?.close();
      await ended(server, 'SIGKILL');
    },
  };
}
