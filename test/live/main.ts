import { ExitStatus, KeypairError } from '../../src/errors.ts';
import { Interrupts } from '../../src/interrupts.ts';
import { processContext } from '../../src/main.ts';
import { say } from './clouds.ts';
import { main } from './live.ts';

const interrupts = new Interrupts();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // A second Ctrl-C exits at once. The next run deletes what is left.
    if (interrupts.signal.aborted) process.exit(130);
    interrupts.interrupt(signal);
  });
}
const context = processContext(interrupts);
main(context, process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (!(error instanceof KeypairError) && !(error instanceof ExitStatus)) throw error;
    process.exitCode = error.exitCode;
    if (!(error instanceof KeypairError)) return;
    const { message, hints, code, providerCode = code, requestId } = error;
    say(context, `error: ${message} (${[providerCode, ...(requestId === undefined ? [] : [requestId])].join(', ')})`);
    for (const hint of hints) say(context, `hint: ${hint}`);
  },
);
