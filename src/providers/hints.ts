/**
 * What to do next, in the words of the error tables: one line each, lower case, no full stop. `{place}` stands for the
 * flags of a command line that goes to the service which has refused.
 */
export const HINTS = {
  name: 'choose a --name that the service takes: "keypair providers" shows the rule',
  taken: 'choose another --name, or see what is there with: keypair list {place}',
  quota: 'delete unused key pairs, or ask the vendor for a higher quota; see them with: keypair list {place}',
  tags: 'check --tag: a key is missing, used twice, reserved by the vendor or too long',
  tagQuota: "use fewer --tag, or remove unused tags in the vendor's console",
  project: 'check --project: 0 is the default project, the console lists the others',
  resourceGroup: 'check --resource-group, or leave it out for the default group',
  region: 'check --region: "keypair regions" lists what the vendor documents',
  input: 'check --name, --region and what else was given for this command',
  description: 'shorten --description: "keypair providers --json" shows the rule',
  instance: "check the instance ids: the vendor's console lists those of this region",
  linux: 'key pairs are for Linux instances: leave the others out',
  running: 'stop the instance first, or give --force-stop',
  state:
    'the instance is in no state for this: look at it in the console, and try again when it runs or is stopped',
  noCharge: 'start the instance first: it is stopped without being charged',
  unsupported: "the instance cannot have key pairs: look at it in the vendor's console",
  stopped:
    'only stopped Linux instances take it: stop the instance first, or use the provider tencent with --force-stop',
  bound: 'it is bound already: there is nothing to do',
  unbound: 'it is not bound to that instance',
  user: 'check --user: the key is bound for another user of the instance',
  absent: 'see what is there with: keypair list {place}',
  publicKey: 'give a public key in OpenSSH form: "ssh-rsa AAAA… comment"',
  keyExists: 'this public key is there already; see it with: keypair list {place}',
  inUse: 'detach the key pair from its instances and images first',
  busy: 'something else is under way: wait for it to end and try again',
  secretId:
    "check the key id: it may be mistyped, deleted or disabled, or belong to the vendor's other site (--site)",
  secretKey: 'check the secret key: it does not belong to this key id, or was cut when it was copied',
  token: 'get fresh temporary credentials: their token is wrong or has expired',
  clock:
    "this machine's clock is off, and requests are taken only for a few minutes after they are signed: keypair doctor says by how much",
  mfa: "verify with your second factor in the vendor's console, then try again",
  permission: "ask the account's owner for the permission on key pairs that this request needs",
  address: 'the account restricts from which IP addresses its keys may be used: add this one',
  slower: 'wait a moment and try again: too many requests at once',
  again: 'try again in a moment; if it stays, give the vendor the request id',
  upgrade: 'this program may be older than the service: look for a newer release',
  report: 'this is a fault of keypair: please report it with the request id',
  replay: 'look before trying again: something on the way to the service repeats requests',
  billing: "check the account's balance and orders in the vendor's console",
  refused: "the account may not use this service: open it in the vendor's console, which says why",
  portal: "something else answered in the service's place: a sign-in page, a proxy, or a wrong --endpoint",
  role: "check the role's ARN: the vendor's console shows it with the role",
  assume:
    "two things must allow it: a permission sts:AssumeRole of the credentials, and the role's own trust policy",
  session: 'check the session name, the external id and how long the session is to last',
  policy: 'check the session policy: its grammar, its length, and that it grants no more than the role has',
  webToken: 'the token in the file is not good (any more): see to it that whoever writes the file renews it',
} as const;
