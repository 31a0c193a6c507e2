import type { Answer, Call } from '../../response.ts';
import type { AdapterOptions } from '../../types.ts';
import { acs3Request, type RequestModel } from './acs3.ts';
import { openAnswer } from './envelope.ts';
import { ecsErrors } from './errors.ts';
import { ecsService } from './descriptor.ts';

/** Calls one action of ECS and gives its answer; only those that change the cloud leave a failure's outcome unknown. */
export type CallEcs = (
  action: string,
  model: RequestModel,
  how: { readonly changes: boolean; readonly signal: AbortSignal },
) => Promise<Answer>;

/** How to call ECS. */
export function ecsCaller(options: AdapterOptions): CallEcs {
  return (action, model, { changes, signal }) => {
    return options.patience({ action, changes, signal }, async () => {
      const credentials = await options.credentials.current(signal);
      const { region, place } = options;
      const call: Call = {
        service: ecsService,
        action,
        changes,
        credentials,
        errors: ecsErrors,
        region,
        place,
      };
      return openAnswer(
        call,
        await options.send(acs3Request(action, model, credentials, options), {
          signal,
          keep: action === 'CreateKeyPair',
        }),
      );
    });
  };
}
