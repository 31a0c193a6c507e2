import { t } from '../../../i18n/t.ts';
import type { TagRule } from '../../types.ts';

const CHARACTERS = /^[\p{L}\p{N}+\-=._:/@()[\],;><（）【】：＋－＝／＠ ]*$/u;

/**
 * Tencent Cloud's rule for tags (https://www.tencentcloud.com/document/product/651/13354): keys of 1 to 127 and values
 * of 1 to 255 characters; at most 10 are made at once.
 */
export const tagRule: TagRule = {
  max: 10,
  problem(key, value) {
    if (/^(?:qcs:|project|项目)/.test(key))
      return t`tag keys that begin with qcs:, project or 项目 are reserved`;
    return part(t`a tag's key`, key, 127) ?? part(t`a tag's value`, value, 255);
  },
};

function part(what: string, text: string, longest: number): string | null {
  const length = Array.from(text).length;
  if (length < 1 || length > longest) return t`${what} has 1 to ${longest} characters`;
  if (text !== text.trim()) return t`${what} does not begin or end with a space`;
  if (!CHARACTERS.test(text))
    return t`${what} has letters, digits, inner spaces and + - = . _ : / @ ( ) [ ] , ; > <`;
  return null;
}
