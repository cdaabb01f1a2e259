import type { Unit } from "./module.ts";
import { programOf, usesOf } from "./reach.ts";
import { child, children, type Node, textOf, walk } from "./syntax.ts";

/**
 * IAM actions, with the kinds of resources that they apply to: `runs`, `runs/index/timers`, `lanes`,
 * `deadLetterQueues`, or the purpose of a service with a single one.
 */
export type Calls = Readonly<Record<string, readonly string[]>>;

/** Finds the AWS calls of a program, starting from the source of its entry. */
export const callsOf = (entry: string): Calls => callsIn(programOf(entry));

const callsIn = (program: ReadonlySet<Unit>): Calls => {
  const units = [...program].filter(({ path }) => path.startsWith("shared/aws/"));
  const places = units.flatMap((unit) => placesOf(unit));
  const placed = new Set(places.map(({ command }) => command));
  const unplaced = units.flatMap((unit) => commandsIn(unit)).filter(({ node }) => !placed.has(node));
  if (unplaced.length > 0) {
    throw new Error(
      `expected every request to name its tables or queues, got ${unplaced.map(({ name }) => name).join(", ")} without; name a resource for them in test/infra/calls/aws-calls.ts`,
    );
  }
  const byAction = Map.groupBy(places, ({ action }) => action);
  return Object.fromEntries(
    [...byAction]
      .map(([action, found]) => [action, [...new Set(found.map(({ resource }) => resource))].sort()] as const)
      .sort(),
  );
};

/** Services with a single purpose. */
const singleUse: Readonly<Record<string, string>> = {
  lambda: "itself",
  secretsmanager: "jobSecrets",
  ssm: "jobSecrets",
};

interface Place {
  readonly command: Node;
  readonly action: string;
  readonly resource: string;
}

/** The requests of a unit that names tables or queues, and of the units it uses that name none. */
const placesOf = (unit: Unit): readonly Place[] => {
  const alone = commandsIn(unit).flatMap(({ node, service, name }) => {
    const kind = singleUse[service];
    return kind === undefined
      ? []
      : grantsOf(name, kind, []).map(({ action, resource }) => ({
          command: node,
          action: `${service}:${action}`,
          resource,
        }));
  });
  const shared = ["dynamodb", "sqs"].flatMap((service) => {
    const kinds = kindsOf(unit, service);
    if (kinds.length === 0) return [];
    const below = unitsBelow(unit, service);
    const commands = below.flatMap((it) => commandsIn(it)).filter((it) => it.service === service);
    return commands.flatMap(({ node, name }) =>
      kinds.flatMap((kind) =>
        grantsOf(name, kind, below).map(({ action, resource }) => ({
          command: node,
          action: `${service}:${action}`,
          resource,
        })),
      ),
    );
  });
  return [...alone, ...shared];
};

const unitsBelow = (top: Unit, service: string): readonly Unit[] => {
  const below = new Set([top]);
  for (const unit of below) {
    for (const used of usesOf(unit).units) {
      if (used.path.startsWith("shared/aws/") && kindsOf(used, service).length === 0) below.add(used);
    }
  }
  return [...below];
};

interface Command {
  readonly node: Node;
  readonly service: string;
  readonly name: string;
}

/** Finds commands of SDK clients, such as `new QueryCommand(…)`. */
const commandsIn = (unit: Unit): readonly Command[] => {
  const clients = new Map(usesOf(unit).foreign.map(({ name, from }) => [name, from]));
  const commands: Command[] = [];
  walk(unit.code, (node) => {
    const called = node.type === "NewExpression" ? textOf(child(node, "callee")) : undefined;
    const [, client] = /^@aws-sdk\/client-(.+)$/.exec(clients.get(called ?? "") ?? "") ?? [];
    if (called?.endsWith("Command") && client !== undefined) {
      commands.push({ node, service: client.replaceAll("-", ""), name: called.slice(0, -"Command".length) });
    }
    return true;
  });
  return commands;
};

/** The grants that a request needs: an action of the same name, with exceptions. */
const grantsOf = (
  command: string,
  kind: string,
  units: readonly Unit[],
): readonly { readonly action: string; readonly resource: string }[] => {
  switch (command) {
    case "BatchExecuteStatement":
      return statementsIn(units).map((statement) => ({ action: `PartiQL${statement}`, resource: kind }));
    case "Query":
      return indexesIn(units).map((index) => ({
        action: command,
        resource: index === undefined ? kind : `${kind}/index/${index}`,
      }));
    case "Invoke":
      return [{ action: "InvokeFunction", resource: kind }];
    case "SendMessageBatch":
      return [{ action: "SendMessage", resource: kind }];
    default:
      return [{ action: command, resource: kind }];
  }
};

const statementNames: Readonly<Record<string, string>> = {
  UPDATE: "Update",
  INSERT: "Insert",
  SELECT: "Select",
  DELETE: "Delete",
};

/** A PartiQL statement starts with its verb. */
const statementsIn = (units: readonly Unit[]): readonly string[] => {
  const verbs = new Set<string>();
  walk(
    units.flatMap(({ code }) => code),
    (node) => {
      const [verb = ""] = node.type === "TemplateElement" ? String(node["raw"]).split(" ", 1) : [];
      const name = statementNames[verb];
      if (name !== undefined) verbs.add(name);
      return true;
    },
  );
  return [...verbs];
};

/** A query has a `condition`, and an `index` if it reads an index. */
const indexesIn = (units: readonly Unit[]): readonly (string | undefined)[] => {
  const indexes = new Set<string | undefined>();
  for (const { code } of units) {
    const fields = new Map<string, string | undefined>();
    walk(code, (node) => {
      const key = node.type === "KeyValueProperty" ? textOf(child(node, "key")) : undefined;
      if (key !== undefined) fields.set(key, textOf(child(node, "value")));
      return true;
    });
    if (fields.has("condition")) indexes.add(fields.get("index"));
  }
  return [...indexes];
};

/** The tables or queues that a unit names, or else those that its factory names. */
const kindsOf = (unit: Unit, service: string): readonly string[] => {
  const own = kindsIn(unit)[service] ?? [];
  return own.length > 0 || !unit.within ? own : kindsOf(unit.within, service);
};

const known = new WeakMap<Unit, Readonly<Record<string, readonly string[]>>>();

const kindsIn = (unit: Unit): Readonly<Record<string, readonly string[]>> => {
  const kinds = known.get(unit) ?? { dynamodb: tablesIn(unit), sqs: queuesIn(unit) };
  known.set(unit, kinds);
  return kinds;
};

/** `tables.runs`, `store.tables.state`. */
const tablesIn = (unit: Unit): readonly string[] =>
  matches(unit, ({ receiver, member }) =>
    receiver === "tables" && (member === "runs" || member === "state") ? member : undefined,
  );

/** Queues appear as the URLs `lanes` and `deadLetters` of a port, or by their `names`. */
const queuesIn = (unit: Unit): readonly string[] => {
  const named = matches(unit, ({ receiver, member }) =>
    receiver === "names" ? queueNames[member] : undefined,
  );
  const urls = unit.path.includes("queue")
    ? identifiersIn(unit).flatMap((name) => queueNames[name] ?? [])
    : [];
  return [...new Set([...named, ...urls])];
};

const queueNames: Readonly<Record<string, string>> = {
  queue: "lanes",
  lanes: "lanes",
  deadLetterQueue: "deadLetterQueues",
  deadLetters: "deadLetterQueues",
};

interface Member {
  readonly receiver: string;
  readonly member: string;
}

const matches = (unit: Unit, kindOf: (member: Member) => string | undefined): readonly string[] => {
  const kinds = new Set<string>();
  walk(unit.code, (node) => {
    const object = child(node, "object");
    const receiver = textOf(object) ?? textOf(child(object, "property")) ?? "";
    const member = textOf(child(node, "property")) ?? "";
    const kind = node.type === "MemberExpression" ? kindOf({ receiver, member }) : undefined;
    if (kind !== undefined) kinds.add(kind);
    return true;
  });
  return [...kinds];
};

const identifiersIn = (unit: Unit): readonly string[] => {
  const names = new Set<string>();
  for (const node of bodiesOf(unit)) {
    walk([node], (inner) => {
      const name = inner.type === "Identifier" ? textOf(inner) : undefined;
      if (name !== undefined) names.add(name);
      return true;
    });
  }
  return [...names];
};

/** Without parameters, whose names are chosen by the caller. */
const bodiesOf = ({ code }: Unit): readonly Node[] =>
  code.flatMap((node) => {
    const body = child(node, "body");
    return body ? [body, ...children(node, "stmts")] : [node];
  });
