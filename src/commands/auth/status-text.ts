import type { LookedIn } from '../../credentials/chain.ts';
import { bracketed, labelled, listed } from '../../i18n/phrases.ts';
import { t, translated } from '../../i18n/t.ts';
import { printable } from '../../sanitize.ts';
import { PLAIN } from '../../ui/color.ts';
import { type Row, rowLines } from '../../ui/table.ts';
import type { VendorStatus } from './status.ts';
import { VENDORS } from './vendors.ts';

/** `auth status` for people: a paragraph for each vendor. */
export function statusText(statuses: readonly VendorStatus[]): string {
  return statuses.map(paragraph).join('\n');
}

function paragraph(status: VendorStatus): string {
  const heading = bracketed(translated(VENDORS[status.vendor].title), listed(status.providers));
  const rows = rowsOf(status).map(([label, text]): Row => [
    label,
    text === null ? null : printable(text, 2000),
  ]);
  return `${heading}\n${rowLines(rows, PLAIN, LABEL_WIDTH)}`;
}

const LABEL_WIDTH = 11;

function rowsOf({ source, id, expiresAt, caller, works, error, places }: VendorStatus): readonly Row[] {
  if (source === null) {
    const found = error === null ? t`nothing` : t`nothing that can be used: ${translated(error.message)}`;
    const looked = places.map((place, index): Row => [index === 0 ? t`looked in` : '', lookedIn(place)]);
    return [[t`found`, found], ...looked];
  }
  return [
    [t`found`, translated(source)],
    [t`id`, id],
    [t`account`, caller?.account ?? null],
    [t`identity`, caller?.identity ?? null],
    [t`expires`, expiresAt?.toISOString() ?? null],
    [t`works`, works === null ? null : works ? t`yes` : t`no`],
    [t`error`, error === null ? null : translated(error.message)],
  ];
}

function lookedIn({ title, state, note }: LookedIn): string {
  return labelled(translated(title), note === null ? stateText(state) : translated(note));
}

function stateText(state: LookedIn['state']): string {
  switch (state) {
    case 'found':
      return t`found`;
    case 'nothing':
      return t`nothing`;
    case 'skipped':
      return t`skipped`;
    case 'broken':
      return t`broken`;
  }
}
