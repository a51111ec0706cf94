/** A strict reader of the XML that this program writes: elements, attributes and text. It throws for anything that is not well-formed. */

/** An XML element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
}

const TOKEN = /<\/([a-zA-Z]+)>|<([a-zA-Z]+)((?: [a-zA-Z][a-zA-Z0-9-]*="[^"<]*")*)(\/?)>|([^<]+)/gy;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/** The only element of a document. */
export function parseXml(text: string): XmlElement {
  // oxlint-disable-next-line no-control-regex -- they are what XML does not allow
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed())
    throw new Error('There is a character that XML does not allow.');
  const root = { name: '', attributes: {}, children: [] as (XmlElement | string)[] };
  const open = [root];
  let end = 0;
  for (const token of text.matchAll(TOKEN)) {
    end = token.index + token[0].length;
    const [, closed, opened, attributes = '', isEmpty, content] = token;
    const inner = open.at(-1) ?? root;
    if (closed !== undefined) {
      if (inner.name !== closed) throw new Error(`</${closed}> ends <${inner.name}>.`);
      open.pop();
    } else if (opened !== undefined) {
      const element = { name: opened, attributes: attributesOf(attributes), children: [] };
      inner.children.push(element);
      if (isEmpty === '') open.push(element);
    } else inner.children.push(plain(content ?? ''));
  }
  const [only] = root.children;
  if (end !== text.length) throw new Error(`No XML at ${end}: ${text.slice(end, end + 40)}`);
  if (open.length !== 1 || root.children.length !== 1 || typeof only !== 'object')
    throw new Error('There is not exactly one element that is closed.');
  return only;
}

/** All elements of this name, in their order. */
export function elementsOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.flatMap((child) =>
    typeof child === 'string' ? [] : [...(child.name === name ? [child] : []), ...elementsOf(child, name)],
  );
}

/** The text of an element. */
export function textOf(element: XmlElement): string {
  return element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('');
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  const found = [...text.matchAll(/ ([a-zA-Z][a-zA-Z0-9-]*)="([^"]*)"/g)].map(
    ([, name = '', value = '']) => [name, plain(value)] as const,
  );
  if (new Set(found.map(([name]) => name)).size !== found.length) throw new Error(`An attribute comes twice: ${text}`);
  return Object.fromEntries(found);
}

function plain(text: string): string {
  return text.replaceAll(/&([^;]*);?/g, (whole, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined || whole !== `&${name};`) throw new Error(`Not an entity: ${whole}`);
    return character;
  });
}
