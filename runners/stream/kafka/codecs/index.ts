/** The compressions that brokers have and the Kafka library does not. */
import kafkajs from 'kafkajs';
import { unlz4 } from './lz4.ts';
import { unsnappy } from './snappy.ts';
import { unzstd } from './zstd.ts';

const readers = {
  [kafkajs.CompressionTypes.Snappy]: unsnappy,
  [kafkajs.CompressionTypes.LZ4]: unlz4,
  [kafkajs.CompressionTypes.ZSTD]: unzstd,
};

/** For all clients of this process; Lockstep only reads. */
export function installCodecs(): void {
  for (const [type, read] of Object.entries(readers)) {
    const codec = {
      compress: () => Promise.reject(new Error('Lockstep writes no compressed batches')),
      decompress: async (bytes: Buffer) => read(bytes),
    };
    (kafkajs.CompressionCodecs as Record<string, () => typeof codec>)[type] = () => codec;
  }
}
