import { type Foreign, type Module, readModule, resolved, type Unit } from "./module.ts";
import { child, children, type Node, namesIn, textOf, walk } from "./syntax.ts";

interface Member {
  readonly receiver: string;
  readonly member: string;
}

/** The names that one unit uses. */
export interface Uses {
  readonly units: readonly Unit[];
  readonly foreign: readonly Foreign[];
  /** All expressions `receiver.member`. */
  readonly members: readonly Member[];
  /** The members that are called directly. */
  readonly calls: readonly Member[];
}

/** Excludes jobs, whose calls are granted by `jobAccess` of a stage. */
const isOurs = (path: string): boolean => path.endsWith(".ts") && !path.startsWith("jobs/");

const modules = new Map<string, Module>();

const moduleAt = (path: string): Module => {
  const module = modules.get(path) ?? readModule(path);
  modules.set(path, module);
  return module;
};

const known = new WeakMap<Unit, Uses>();

export const usesOf = (unit: Unit): Uses => {
  const uses = known.get(unit) ?? findUses(unit);
  known.set(unit, uses);
  return uses;
};

/**
 * Finds everything reachable from a module. Goes further than a bundler's tree shaking: a port's method counts only if
 * code outside `shared/aws` contains `<port>.<method>`.
 */
export const programOf = (entry: string): ReadonlySet<Unit> => {
  const units = new Set(moduleAt(entry).units.values());
  for (let size = -1; size !== units.size; ) {
    size = units.size;
    // Iterating over a set includes the elements that are added meanwhile.
    for (const unit of units) for (const used of usesOf(unit).units) units.add(used);
    for (const member of membersInUse(units)) units.add(member);
  }
  return units;
};

const membersInUse = (units: ReadonlySet<Unit>): readonly Unit[] => {
  const calls = [...units]
    .filter(({ path }) => !path.startsWith("shared/aws/"))
    .flatMap((unit) => usesOf(unit).members);
  const called = new Set(calls.map(({ receiver, member }) => `${receiver}.${member}`));
  return [...portFactories(units)].flatMap(([factory, port]) =>
    [...factory.members].flatMap(([name, member]) => (called.has(`${port}.${name}`) ? [member] : [])),
  );
};

/** The methods of each port that `shared/aws` creates, such as `send` of `queue`. */
export const portMethodsIn = (units: ReadonlySet<Unit>): ReadonlyMap<string, ReadonlySet<string>> => {
  const ports = new Map<string, Set<string>>();
  for (const [factory, port] of portFactories(units)) {
    const methods = ports.get(port) ?? new Set();
    for (const name of factory.members.keys()) methods.add(name);
    ports.set(port, methods);
  }
  return ports;
};

/** The port that each factory creates: `createPorts` has `queue: createQueue(…)`, and a factory may spread another. */
const portFactories = (units: ReadonlySet<Unit>): ReadonlyMap<Unit, string> => {
  const ports = new Map<Unit, string>();
  const add = (by: Unit, call: Node | undefined, port: string): void => {
    const name = textOf(child(call, "callee"));
    const factory = usesOf(by).units.find((unit) => unit.name === name && unit.members.size > 0);
    if (factory) ports.set(factory, port);
  };
  for (const unit of [...units].filter(({ path }) => path.startsWith("shared/aws/"))) {
    walk(unit.code, (node) => {
      const key = textOf(child(node, "key"));
      if (node.type === "KeyValueProperty" && key !== undefined) add(unit, child(node, "value"), key);
      return true;
    });
  }
  for (const [factory, port] of ports) {
    for (const spread of factory.code.filter(({ type }) => type === "SpreadElement")) {
      add(factory, child(spread, "arguments"), port);
    }
  }
  return ports;
};

const findUses = (unit: Unit): Uses => {
  const own = moduleAt(unit.path);
  const names = new Set<string>();
  const foreign: Foreign[] = [];
  const members: Member[] = [];
  const calls: Member[] = [];
  walk(unit.code, (node) => {
    const name = textOf(node);
    if (node.type === "Identifier" && name !== undefined) names.add(name);
    if (node.type === "MemberExpression") members.push(...memberOf(node));
    if (node.type === "CallExpression") calls.push(...memberOf(child(node, "callee")));
    if (node.type === "VariableDeclarator") members.push(...destructured(node));
    const picked = pickedFrom(unit.path, node);
    foreign.push(...(picked ?? importedBy(unit.path, node)));
    return picked === undefined;
  });
  const found = [...names].flatMap((name): readonly (Unit | Foreign)[] => {
    const local = unit.locals.get(name) ?? own.units.get(name) ?? own.imports.get(name);
    return local && local !== unit ? [local] : [];
  });
  const outside = [...found.filter((it) => "from" in it), ...foreign];
  return {
    units: [...found.filter((it) => "code" in it), ...outside.flatMap((it) => unitBehind(it))],
    foreign: outside.filter(({ from }) => !from.endsWith(".ts")),
    members,
    calls,
  };
};

const unitBehind = ({ from, name }: Foreign): readonly Unit[] => {
  if (!isOurs(from)) return [];
  const passedOn = moduleAt(from).reexports.get(name);
  if (passedOn) return unitBehind(passedOn);
  const unit = moduleAt(from).units.get(name);
  return unit ? [unit] : [];
};

/** Returns `b.c` for `a.b.c`; the inner node yields `a.b`. */
const memberOf = (node: Node | undefined): readonly Member[] => {
  const object = child(node, "object");
  const receiver = textOf(object) ?? textOf(child(object, "property"));
  const member = textOf(child(node, "property"));
  return receiver !== undefined && member !== undefined ? [{ receiver, member }] : [];
};

/** `const { send } = ports.queue` uses `queue.send`. */
const destructured = (node: Node) => {
  const init = child(node, "init");
  const receiver = textOf(init) ?? textOf(child(init, "property"));
  if (receiver === undefined || child(node, "id")?.type !== "ObjectPattern") return [];
  return children(child(node, "id"), "properties").flatMap((property) => {
    const member = textOf(child(property, "key"));
    return member === undefined ? [] : [{ receiver, member }];
  });
};

/** `const { a } = await import("./b.ts")` uses only `a`. */
const pickedFrom = (path: string, node: Node): readonly Foreign[] | undefined => {
  const from =
    node.type === "VariableDeclarator" ? sourceIn(path, child(child(node, "init"), "argument")) : undefined;
  if (from === undefined || child(node, "id")?.type !== "ObjectPattern") return undefined;
  return children(child(node, "id"), "properties").flatMap((property) =>
    namesIn(child(property, "key")).map((name) => ({ from, name })),
  );
};

/** Any other form of `import()` uses all exports of the module. */
const importedBy = (path: string, node: Node): readonly Foreign[] => {
  const from = sourceIn(path, node);
  return from !== undefined && isOurs(from) ? exportsOf(from) : [];
};

const exportsOf = (from: string): readonly Foreign[] =>
  [...moduleAt(from).units.keys(), ...moduleAt(from).reexports.keys()].map((name) => ({ from, name }));

const sourceIn = (path: string, call: Node | undefined): string | undefined => {
  if (call?.type !== "CallExpression" || child(call, "callee")?.type !== "Import") return undefined;
  let source: string | undefined;
  walk([call["arguments"]], (node) => {
    source ??= node.type === "StringLiteral" ? textOf(node) : undefined;
    return true;
  });
  return source === undefined ? undefined : resolved(path, source);
};
