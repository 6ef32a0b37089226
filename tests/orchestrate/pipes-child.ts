/** A process with Pipes on its streams, for `pipes-stdio.test.ts`: what it does is its first argument. */
import { openPipes, withPipes } from '../../runners/orchestrate/dagster-ts-client/index.ts';

const [what] = process.argv.slice(2);

if (what === 'much, then exit') {
  const pipes = openPipes();
  for (let n = 0; n < 3000; n++) pipes.log.info(`${n} ${'x'.repeat(n % 100 === 0 ? 300_000 : 1000)}`);
  pipes.close();
  process.exit(0);
} else if (what === 'mixed') {
  await withPipes((pipes) => {
    process.stdout.write('no end of line');
    pipes.log.info('one');
    console.log('a whole line');
    pipes.log.info('two');
    process.stderr.write('another stream');
    pipes.log.info('three');
  });
  process.stdout.write('after the end');
} else if (what === 'captured') {
  await withPipes(() => {
    const smiley = Buffer.from('😀');
    process.stdout.write(smiley.subarray(0, 2));
    process.stdout.write(smiley.subarray(2));
    process.stdout.write('c3a9', 'hex', () => process.stderr.write('called back\n'));
    console.error('é'.repeat(20_000));
    // Somebody else who watches, and stays.
    const earlier = process.stdout.write;
    process.stdout.write = (...given: readonly unknown[]) => Reflect.apply(earlier, process.stdout, given) as boolean;
    process.stdout.write(smiley.subarray(0, 1));
  });
  process.stdout.write('after the end\n');
}
