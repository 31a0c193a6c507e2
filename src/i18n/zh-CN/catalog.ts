import type { Catalog } from '../t.ts';
import { COMMANDS_AUTH } from './commands-auth.ts';
import { COMMANDS_BIND } from './commands-bind.ts';
import { COMMANDS_CONFIG } from './commands-config.ts';
import { COMMANDS_CREATE } from './commands-create.ts';
import { COMMANDS_ENSURE } from './commands-ensure.ts';
import { COMMANDS_RECOVERY } from './commands-recovery.ts';
import { COMMANDS_SHARED } from './commands-shared.ts';
import { COMMANDS_SHOW } from './commands-show.ts';
import { CONFIG } from './config.ts';
import { CREDENTIALS } from './credentials.ts';
import { DOCTOR_CLOUD } from './doctor-cloud.ts';
import { DOCTOR } from './doctor.ts';
import { GRAMMAR } from './grammar.ts';
import { KEYS } from './keys.ts';
import { LAST_RESORT } from './last-resort.ts';
import { MAIN } from './main.ts';
import { PROVIDER_HINTS } from './provider-hints.ts';
import { PROVIDERS } from './providers.ts';
import { REGIONS } from './regions.ts';
import { STORE } from './store.ts';
import { STORED_CREDENTIALS } from './stored-credentials.ts';
import { TRANSPORT } from './transport.ts';
import { TRASH } from './trash.ts';
import { UI } from './ui.ts';
import { WIZARD } from './wizard.ts';

export { fillIn } from './fill-in.ts';

/** Simplified Chinese: every text of this program, by its English. */
export const CATALOG: Catalog = new Map([
  ...COMMANDS_AUTH,
  ...COMMANDS_BIND,
  ...COMMANDS_CONFIG,
  ...COMMANDS_CREATE,
  ...COMMANDS_ENSURE,
  ...COMMANDS_RECOVERY,
  ...COMMANDS_SHARED,
  ...COMMANDS_SHOW,
  ...DOCTOR,
  ...DOCTOR_CLOUD,
  ...GRAMMAR,
  ...LAST_RESORT,
  ...MAIN,
  ...UI,
  ...CONFIG,
  ...CREDENTIALS,
  ...STORED_CREDENTIALS,
  ...PROVIDERS,
  ...PROVIDER_HINTS,
  ...REGIONS,
  ...STORE,
  ...TRANSPORT,
  ...TRASH,
  ...KEYS,
  ...WIZARD,
]);
