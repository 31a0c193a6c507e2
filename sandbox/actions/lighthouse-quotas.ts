import { fields, list, text } from '../params.ts';
import { action } from './action.ts';
import { invalidValue, checkGiven } from './lighthouse-ids.ts';

/** Lighthouse DescribeGeneralResourceQuotas, for the one resource that the sandbox has a quota of. */
export const describeQuotas = action(
  20,
  fields({ ResourceNames: list(text) }),
  ({ ResourceNames: names }, { repository, behaviour }) => {
    checkGiven('ResourceNames', names);
    const unknown = names.find((name) => name !== 'USER_KEY_PAIR');
    if (unknown !== undefined)
      throw invalidValue('OutOfRange', `The resource name \`${unknown}\` is not known.`);
    const total = behaviour.quota.lighthouse;
    const available = Math.max(0, total - repository.read().pairs.length);
    return {
      GeneralResourceQuotaSet: names.map((name) => ({
        ResourceName: name,
        ResourceQuotaAvailable: available,
        ResourceQuotaTotal: total,
      })),
    };
  },
);
