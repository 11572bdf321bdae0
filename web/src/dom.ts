// dom.ts - builds elements. Text only ever becomes a text node, so no name in the data can become markup; the page's
// policy (trusted types) forbids the other way. No style attributes: the policy forbids those too.

export type Child = Node | string | number | null | undefined | false | Child[];
type Listener = (event: Event) => void;
export type Attributes = Record<string, string | number | boolean | null | undefined | Listener>;

function append(parent: Node, child: Child): void {
  if (child === null || child === undefined || child === false) return;
  if (Array.isArray(child)) child.forEach((c) => append(parent, c));
  else parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
}

/** h("p", {class: "note", click: listener}, "text", child): functions become listeners, strings text. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

/** A name from the data: isolated, so that its writing direction does not disturb the sentence around it. */
export function name(text: string): HTMLElement {
  return h("bdi", { class: "name" }, text === "" ? "(empty)" : text);
}

/** A name with its quotation marks, inside a sentence. */
export function quoted(text: string): Child {
  return ["“", name(text), "”"];
}

let lastId = 0;
export function freshId(stem: string): string {
  lastId += 1;
  return `${stem}-${lastId}`;
}

export function replace(parent: Element, ...children: Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

/** A labelled select. `value` is an index into `choices`. */
export function choice(label: string, choices: string[], value: number, changed: (index: number) => void): HTMLElement {
  const id = freshId("choice");
  const select = h(
    "select",
    { id, change: () => changed(select.selectedIndex) },
    choices.map((text, i) => h("option", { value: i, selected: i === value }, text)),
  );
  select.selectedIndex = value;
  return h("span", { class: "choice" }, h("label", { for: id }, label), select);
}
