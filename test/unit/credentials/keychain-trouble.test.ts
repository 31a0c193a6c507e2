import { describe, expect, it } from 'vitest';
import { troubleWithKeychain } from '../../../src/credentials/keychain.ts';

const CONTROL = /\p{Cc}/u;

describe('what is wrong with the keychain', () => {
  it.each([
    // As keytar and what is below it say it on Linux (libsecret 0.20, GLib 2.74) and macOS.
    ['load', "Cannot find module 'keytar'", 'AUTH', 'keytar is not installed'],
    ['load', 'Cannot find /opt/bin/keytar.node', 'AUTH', 'keytar is not installed'],
    [
      'load',
      'libsecret-1.so.0: cannot open shared object file: No such file or directory',
      'AUTH',
      'libsecret is not installed',
    ],
    ['load', "Cannot find module 'keytar/prebuilds/linux-riscv64/keytar.node'", 'AUTH', 'keytar does not load here'],
    ['call', 'Cannot autolaunch D-Bus without X11 $DISPLAY', 'AUTH', 'DBUS_SESSION_BUS_ADDRESS is not set'],
    ['call', 'Could not connect: No such file or directory', 'AUTH', 'there is no D-Bus session'],
    [
      'call',
      'GDBus.Error:org.freedesktop.DBus.Error.ServiceUnknown: The name org.freedesktop.secrets was not provided by any .service files',
      'AUTH',
      'no service in this D-Bus session stores secrets',
    ],
    ['call', 'Cannot create an item in a locked collection', 'UNAVAILABLE', 'the keychain is locked'],
    [
      'call',
      'Object does not exist at path “/org/freedesktop/secrets/collection/login”',
      'UNAVAILABLE',
      'the keychain is locked',
    ],
    ['call', 'User interaction is not allowed.', 'UNAVAILABLE', 'the keychain is locked'],
    ['call', 'The disk is on fire', 'AUTH', 'the keychain refused: The disk is on fire'],
  ] as const)('%s: %s', (failed, message, code, told) => {
    const error = troubleWithKeychain({ failed, message }, {}, 'linux');
    expect(error.code).toBe(code);
    expect(error.message).toContain(told);
    expect(error.hints.at(-1)).toContain('--store file');
  });

  it('tells a D-Bus session that is gone from none', () => {
    const message = 'Could not connect: Connection refused';
    const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' };
    expect(troubleWithKeychain({ failed: 'call', message }, env, 'linux').message).toContain(
      'the D-Bus session of DBUS_SESSION_BUS_ADDRESS does not answer',
    );
  });

  it('lets nothing of what it was told control the terminal', () => {
    const { message } = troubleWithKeychain({ failed: 'call', message: '\u001b[2Jgone\n' }, {}, 'linux');
    expect(message).toContain('gone');
    expect(message).not.toMatch(CONTROL);
  });

  it('names the way to unlock it on each system', () => {
    const hint = (platform: string): string =>
      troubleWithKeychain({ failed: 'silent', afterMs: 5000 }, {}, platform).hints[0] ?? '';
    expect(hint('linux')).toContain('gnome-keyring-daemon --unlock');
    expect(hint('darwin')).toContain('security unlock-keychain');
    expect(hint('win32')).not.toContain('gnome');
  });
});
