/** Clicks to a topic at a rate, in a process of its own. One job a message: {brokers, rate, seconds}; answers when it is done. */
import kafkajs from 'kafkajs';
import { clicks } from './clicks.ts';

export interface Producing {
  readonly brokers: string;
  /** Events a second; 0: as fast as the broker takes them. */
  readonly rate: number;
  readonly events: number;
  /** Names of clicks begin with it, so that those of two jobs differ. */
  readonly name: string;
}

/** Of one request to the broker, at a rate: a hundredth of a second's. */
const turnsPerSecond = 100;

async function run({ brokers, rate, events, name }: Producing): Promise<{ readonly cpuSeconds: number }> {
  const cpu = process.cpuUsage();
  const producer = new kafkajs.Kafka({ clientId: 'bench', brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING }).producer();
  await producer.connect();
  const size = rate === 0 ? 5_000 : Math.max(1, Math.round(rate / turnsPerSecond));
  const begun = performance.now();
  for (let i = 0; i < events; i += size) {
    const due = rate === 0 ? 0 : begun + (i / rate) * 1000 - performance.now();
    if (due > 0) await new Promise((wake) => setTimeout(wake, due));
    const at = Date.now() * 1000;
    const messages = Array.from({ length: Math.min(size, events - i) }, (_, k) => ({
      value: JSON.stringify(clicks.message(`${name}${i + k}`, i + k, at + k)),
    }));
    await producer.send({ topic: 'clicks', messages });
  }
  await producer.disconnect();
  const { user, system } = process.cpuUsage(cpu);
  return { cpuSeconds: (user + system) / 1e6 };
}

process.on('message', (job: Producing) => void run(job).then((done) => process.send?.(done)));
