/** Writes a JSON value as XML the way Alibaba's gateway does: a list repeats its element. */
export function serializeXml(root: string, content: unknown): string {
  return `<?xml version='1.0' encoding='UTF-8'?>${element(root, content)}`;
}

function element(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((item: unknown) => element(name, item)).join('');
  if (typeof value === 'object' && value !== null) {
    const inside = Object.entries(value).map(([key, item]) => element(key, item));
    return `<${name}>${inside.join('')}</${name}>`;
  }
  return `<${name}>${escape(String(value))}</${name}>`;
}

function escape(text: string): string {
  return text.replace(/[&<>]/g, (c) => (c === '&' ? '&amp;' : c === '<' ? '&lt;' : '&gt;'));
}
