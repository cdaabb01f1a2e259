import { readFileSync } from "node:fs";
import { join } from "node:path/posix";
import {
  child,
  children,
  isFunction,
  type Node,
  namesIn,
  returnedObject,
  statementsOf,
  textOf,
} from "./syntax.ts";

/** A name of another module, or of a package. */
export interface Foreign {
  readonly from: string;
  readonly name: string;
}

/** The smallest part of a program that can be unused: a declaration, or a member of a factory's result. */
export interface Unit {
  readonly path: string;
  readonly name: string;
  readonly code: readonly Node[];
  /** The functions inside a factory, which its members share. */
  readonly locals: ReadonlyMap<string, Unit>;
  /** The methods of the object that a factory returns. Each counts as used only when it is called. */
  readonly members: ReadonlyMap<string, Unit>;
  /** The factory that contains it. */
  readonly within?: Unit;
}

export interface Module {
  readonly path: string;
  readonly units: ReadonlyMap<string, Unit>;
  readonly imports: ReadonlyMap<string, Foreign>;
  /** Names that it re-exports from other modules. */
  readonly reexports: ReadonlyMap<string, Foreign>;
}

const root = join(import.meta.dirname, "..", "..", "..");

export const readModule = (path: string): Module => moduleOf(path, readFileSync(join(root, path), "utf8"));

const moduleOf = (path: string, source: string): Module => {
  const statements = statementsOf(source);
  const units = statements.flatMap((statement) => unitsOf(path, statement));
  return {
    path,
    units: new Map(units.map((unit) => [unit.name, unit])),
    imports: new Map(statements.flatMap((statement) => importsOf(path, statement))),
    reexports: new Map(statements.flatMap((statement) => reexportsOf(path, statement))),
  };
};

const unitsOf = (path: string, statement: Node): readonly Unit[] => {
  if (statement.type === "ExportDeclaration") {
    const declaration = child(statement, "declaration");
    return declaration ? unitsOf(path, declaration) : [];
  }
  if (statement.type === "VariableDeclaration") {
    return children(statement, "declarations").flatMap((declaration) =>
      namesIn(child(declaration, "id")).map((name) => unitOf(path, name, child(declaration, "init"))),
    );
  }
  const name = textOf(child(statement, "identifier"));
  if (isFunction(statement) || statement.type === "ClassDeclaration")
    return [unitOf(path, name ?? "", statement)];
  // A statement that runs when the module is loaded.
  return isEffect(statement)
    ? [unitOf(path, `effect at ${JSON.stringify(statement["span"])}`, statement)]
    : [];
};

const isEffect = ({ type }: Node): boolean => /Statement$|^Export(Default)?Expression$/.test(type);

/** Only `shared/aws` is split into members: it creates ports by factories. */
const isFactory = (path: string, name: string): boolean =>
  path.startsWith("shared/aws/") && /^create[A-Z]/.test(name);

const unitOf = (path: string, name: string, code: Node | undefined): Unit => {
  const whole: Unit = { path, name, code: code ? [code] : [], locals: new Map(), members: new Map() };
  const object = returnedObject(code);
  return isFactory(path, name) && object ? factory(whole, code, object) : whole;
};

const factory = (whole: Unit, code: Node | undefined, object: Node): Unit => {
  const declarations = children(child(code, "body"), "stmts")
    .filter(({ type }) => type === "VariableDeclaration")
    .flatMap((declaration) => children(declaration, "declarations"));
  const [functions, values] = [
    declarations.filter(hasFunction),
    declarations.filter((it) => !hasFunction(it)),
  ];
  const properties = children(object, "properties");
  const isMember = (property: Node): boolean =>
    isFunction(property) ||
    isFunction(child(property, "value")) ||
    functions.some((it) => nameOf(it) === textOf(property));
  const locals = new Map<string, Unit>();
  const members = new Map<string, Unit>();
  const rest = [...values, ...properties.filter((property) => !isMember(property))];
  const made: Unit = { ...whole, code: rest, locals, members };
  const part = (name: string, node: Node): Unit => ({
    path: whole.path,
    name: `${whole.name}.${name}`,
    code: [node],
    locals,
    members: new Map(),
    within: made,
  });
  for (const local of functions) locals.set(nameOf(local), part(nameOf(local), local));
  for (const property of properties.filter(isMember)) {
    const name = textOf(child(property, "key")) ?? textOf(property) ?? "";
    members.set(name, part(name, child(property, "value") ?? property));
  }
  return made;
};

const hasFunction = (declaration: Node): boolean => isFunction(child(declaration, "init"));

const nameOf = (declaration: Node): string => textOf(child(declaration, "id")) ?? "";

const importsOf = (path: string, statement: Node): readonly (readonly [string, Foreign])[] => {
  if (statement.type !== "ImportDeclaration" || statement["typeOnly"] === true) return [];
  const from = resolved(path, textOf(child(statement, "source")) ?? "");
  return children(statement, "specifiers").map((specifier) => {
    const local = textOf(child(specifier, "local")) ?? "";
    return [local, { from, name: textOf(child(specifier, "imported")) ?? local }];
  });
};

const reexportsOf = (path: string, statement: Node): readonly (readonly [string, Foreign])[] => {
  const source = textOf(child(statement, "source"));
  if (statement.type !== "ExportNamedDeclaration" || source === undefined) return [];
  return children(statement, "specifiers").map((specifier) => {
    const name = textOf(child(specifier, "orig")) ?? "";
    return [textOf(child(specifier, "exported")) ?? name, { from: resolved(path, source), name }];
  });
};

/** Resolves an import to a path from the project's root, or to the name of a package. */
export const resolved = (path: string, name: string): string =>
  name.startsWith(".") ? join(path, "..", name) : name;
