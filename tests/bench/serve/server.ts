/** The server of the bench, in a process of its own: node server.js FOLDER ROWS-PER-QUERY DATA-SET. Its address goes to the parent. */
import { defaultPromotion } from '../../../compiler/authoring/promotion.ts';
import { kafkaSettings } from '../../../runners/stream/kafka/client.ts';
import { everybody } from '../../../runners/stream/serve/keys.ts';
import { defaultLimits } from '../../../runners/stream/serve/server.ts';
import { startServing } from '../../../runners/stream/serve/start.ts';
import { compiledWorld } from './world.ts';
import { type WorldName, worlds } from './worlds.ts';

const [, , folder = '', mostRows = '4096', world = 'clicks'] = process.argv;
const { catalog, lambdas } = await compiledWorld(worlds[world as WorldName]);
const { url, stop } = await startServing({
  catalog,
  lambdas,
  folder,
  host: '127.0.0.1',
  port: 0,
  keys: everybody,
  limits: { ...defaultLimits, requestsPerSecond: 1_000_000 },
  tls: null,
  kafka: kafkaSettings(process.env) ?? null,
  deadLetterTopic: null,
  group: 'bench',
  servedLog: { share: 0.01, secret: 'bench', without: new Set(), masked: null, mostBytes: 64_000_000, mostFiles: 4 },
  readers: 2,
  mostRows: Number(mostRows),
  memory: mostRows === '1' ? 0 : 2_000_000_000,
  promotion: defaultPromotion,
  parityHorizon: 172_800_000_000n,
  log: () => {},
  failed: (error) => {
    throw error;
  },
});
process.on('message', () => void stop().then(() => process.exit(0)));
process.send?.(url);
