import { vendorOf } from '../../../credentials/vendors.ts';
import { t } from '../../../i18n/t.ts';
import { type Finding, finding } from '../finding.ts';
import type { Check } from '../input.ts';

/** What is off by more is said, in milliseconds. */
const NOTABLE_MS = 60_000;

/** How a clock is set right again. */
const HINTS: Readonly<Record<string, string>> = {
  linux: t`set it right: sudo timedatectl set-ntp true`,
  darwin: t`set it right: sudo sntp -sS time.apple.com`,
  win32: t`set it right, as an administrator: w32tm /resync`,
};

/** This machine's clock against those of the services. */
export const clock: Check = {
  id: 'clock',
  title: t`clock`,
  calls: true,
  run: async (input) => {
    const { services } = await input.cloud();
    const told = services.flatMap(({ target, aheadMs }) =>
      aheadMs === null ? [] : [{ descriptor: target.descriptor, aheadMs }],
    );
    if (told.length === 0) return [];
    const hint = HINTS[input.session.context.platform];
    const found = new Map<string, Finding>();
    for (const { descriptor, aheadMs } of told) {
      const off = Math.abs(aheadMs);
      // One line for all regions of a service.
      if (off <= NOTABLE_MS || found.has(descriptor.id)) continue;
      const service = descriptor.title;
      const message =
        aheadMs > 0
          ? t`this machine's clock is ${duration(off)} behind that of ${service}`
          : t`this machine's clock is ${duration(off)} ahead of that of ${service}`;
      const refused = off > vendorOf(descriptor.vendor).clockToleranceMs;
      const hints = [
        ...(refused ? [t`requests are refused when the clock is off`] : []),
        ...(hint === undefined ? [] : [hint]),
      ];
      found.set(
        descriptor.id,
        finding(refused ? 'problem' : 'note', message, { hints, provider: descriptor.id }),
      );
    }
    if (found.size > 0) return [...found.values()];
    const most = Math.max(...told.map(({ aheadMs }) => Math.abs(aheadMs)));
    return [finding('ok', t`within ${duration(Math.max(most, 1000))} of the services' clocks`)];
  },
};

/** `3 min 20 s`, `2 s`. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return t`${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 120) return t`${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return t`${minutes} min ${seconds % 60} s`;
}
