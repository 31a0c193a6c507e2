import type { Descriptor } from './types.ts';

/** What an adapter and its descriptor both know of their service. */
export type Service = Pick<
  Descriptor,
  'id' | 'title' | 'documentation' | 'pageSize' | 'deleteBatch' | 'bindBatch'
> & {
  /** The vendor's pages on actions, by the action's name; `documentation` stands for the rest. */
  readonly pages: Readonly<Record<string, string>>;
};
