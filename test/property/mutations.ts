import fc from 'fast-check';

/** A change to some bytes. */
export type Mutation = (bytes: Buffer) => Buffer;

const place = fc.nat({ max: 1 << 16 });
/** What lengths and tags are made of. */
const telling = fc.constantFrom(0, 1, 2, 3, 4, 0x30, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0xa0, 0xff);

function at(bytes: Buffer, where: number): number {
  return where % (bytes.length + 1);
}

/** One change of a kind that finds more than chance does: a flipped bit, a telling byte, a length, a cut, a splice. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat({ max: 7 })).map(([where, bit]): Mutation => (bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[where % copy.length]! ^= 1 << bit;
    return copy;
  }),
  fc.tuple(place, telling).map(([where, value]): Mutation => (bytes) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[where % copy.length] = value;
    return copy;
  }),
  fc
    .tuple(place, fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff))
    .map(([where, length]): Mutation => (bytes) => {
      const copy = Buffer.from(bytes);
      if (copy.length >= 4) copy.writeUInt32BE(length, where % (copy.length - 3));
      return copy;
    }),
  place.map(
    (where): Mutation =>
      (bytes) =>
        bytes.subarray(0, at(bytes, where)),
  ),
  place.map(
    (where): Mutation =>
      (bytes) =>
        bytes.subarray(at(bytes, where)),
  ),
  fc.tuple(place, place, place).map(([from, count, to]): Mutation => (bytes) => {
    const piece = bytes.subarray(at(bytes, from), at(bytes, from) + (count % 64));
    const cut = at(bytes, to);
    return Buffer.concat([bytes.subarray(0, cut), piece, bytes.subarray(cut)]);
  }),
  fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(([where, count]): Mutation => (bytes) => {
    const cut = at(bytes, where);
    return Buffer.concat([bytes.subarray(0, cut), bytes.subarray(cut + count)]);
  }),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 9 })).map(([where, more]): Mutation => (bytes) => {
    const cut = at(bytes, where);
    return Buffer.concat([bytes.subarray(0, cut), more, bytes.subarray(cut)]);
  }),
);

/** Up to three changes, one after the other. */
export const mutations: fc.Arbitrary<Mutation> = fc
  .array(mutation, { minLength: 1, maxLength: 3 })
  .map((all) => (bytes) => all.reduce<Buffer>((value, change) => change(value), bytes));
