import * as z from "zod";

/** The reply of a server, or of a fault in its place. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Called after the reply has been sent. */
  readonly afterwards?: () => void;
}

/** One request of the AWS SDK. */
export interface Call {
  /** `SendMessageBatch`, `Query`, … */
  readonly action: string;
  /**
   * Action, resource and what distinguishes statements, without what varies between runs: `Query runs timers park`,
   * `BatchExecuteStatement UPDATE runs WHERE id generation availableAt`, `SendMessageBatch normal-dlq`.
   */
  readonly kind: string;
  readonly body: string;
  /** The server's replies, one for each time that the call reached it. */
  readonly replies: Reply[];
}

const reads: ReadonlySet<string> = new Set([
  "Query",
  "Scan",
  "BatchGetItem",
  "GetItem",
  "GetQueueAttributes",
]);

/** Whether the call may change anything. Receiving counts as a write, because it hides messages. */
export const isWrite = ({ action }: Pick<Call, "action">): boolean => !reads.has(action);

export const toCall = (target: string, body: string): Call => {
  const action = target.slice(target.indexOf(".") + 1);
  return { action, kind: [action, ...detailsOf(action, body)].join(" "), body, replies: [] };
};

const detailsOf = (action: string, body: string): readonly string[] => {
  if (action === "GetQueueAttributes") return [];
  return action === "BatchExecuteStatement" ? statementsIn(body) : subjectOf(body);
};

/** `millrace-<stage>-runs` → `runs`, also from a queue URL. */
const resourceIn = (text: string): string => /millrace-[^-"]+-([\w-]+)/.exec(text)?.[1] ?? "";

/** The resource, the index, and the prefix of the first key: `P` of `P#side-effect:large`. Keys of runs have no prefix. */
const subjectOf = (body: string): readonly string[] => {
  const resource = resourceIn(body);
  const index = /"IndexName":"(\w+)"/.exec(body)?.[1];
  const hasPrefix = resource === "state" || index === "due";
  const prefix = hasPrefix ? /"S":"([A-Za-z-]+)/.exec(body)?.[1] : undefined;
  return [resource, index, prefix].filter((part) => part !== undefined);
};

const batch = z.object({ Statements: z.array(z.object({ Statement: z.string() })) });

const statementsIn = (body: string): readonly string[] => {
  const { Statements } = batch.parse(JSON.parse(body));
  const kinds = Statements.map(({ Statement: text }) => {
    const [verb = ""] = text.split(" ");
    const where = text
      .split(" WHERE ")[1]
      ?.match(/"\w+"/g)
      ?.map((name) => name.slice(1, -1));
    return [verb, resourceIn(text), ...(where ? ["WHERE", ...where] : [])].join(" ");
  });
  return [...new Set(kinds)].sort();
};
