import { parseSync } from "@swc/core";

/** A node of swc's syntax tree. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

/** The statements of a TypeScript module. */
export const statementsOf = (source: string): readonly Node[] =>
  nodesIn(parseSync(source, { syntax: "typescript", target: "es2024" }).body);

const nodesIn = (value: unknown): readonly Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

export const child = (node: Node | undefined, field: string): Node | undefined => {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
};

export const children = (node: Node | undefined, field: string): readonly Node[] => nodesIn(node?.[field]);

/** The text of an identifier or a string. */
export const textOf = (node: Node | undefined): string | undefined =>
  (node?.type === "Identifier" || node?.type === "StringLiteral") && typeof node["value"] === "string"
    ? node["value"]
    : undefined;

/** Fields with types, which are not code. */
const typeFields = new Set([
  "typeAnnotation",
  "typeParameters",
  "typeArguments",
  "returnType",
  "superTypeParams",
]);

/** Calls `visit` for every node that is code. Descends into a node when `visit` returns true. */
export const walk = (roots: readonly unknown[], visit: (node: Node) => boolean): void => {
  for (const root of roots) {
    if (Array.isArray(root)) walk(root, visit);
    else if (isNode(root)) {
      if (visit(root)) walk(fieldsOf(root), visit);
    } else if (typeof root === "object" && root !== null) walk(Object.values(root), visit);
  }
};

/** Skips the names of members and properties, which are declared elsewhere. */
const fieldsOf = (node: Node): readonly unknown[] =>
  Object.entries(node).flatMap(([field, value]) =>
    typeFields.has(field) || field === "span" || isPlainName(field, value) ? [] : [value],
  );

const isPlainName = (field: string, value: unknown): boolean =>
  ["key", "property"].includes(field) && isNode(value) && value.type === "Identifier";

/** The names that a pattern binds: `{ a, b: c }` binds `a` and `c`. */
export const namesIn = (pattern: Node | undefined): readonly string[] => {
  const name = textOf(pattern);
  if (name !== undefined) return [name];
  return children(pattern, "properties").flatMap((property) =>
    namesIn(child(property, "value") ?? child(property, "key")),
  );
};

const functions = new Set([
  "ArrowFunctionExpression",
  "FunctionExpression",
  "FunctionDeclaration",
  "MethodProperty",
]);

export const isFunction = (node: Node | undefined): boolean => node !== undefined && functions.has(node.type);

/** The object literal that a function returns, if it ends with one. */
export const returnedObject = (node: Node | undefined): Node | undefined => {
  const body = child(node, "body");
  const returned = [...children(body, "stmts")].findLast(({ type }) => type === "ReturnStatement");
  return objectIn(returned ? child(returned, "argument") : body);
};

const objectIn = (node: Node | undefined): Node | undefined => {
  if (node?.type === "ObjectExpression") return node;
  const inner = node && ["ParenthesisExpression", "TsSatisfiesExpression"].includes(node.type);
  return inner ? objectIn(child(node, "expression")) : undefined;
};
