import * as z from "zod";

/** What a server, or a fault in its place, answers. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Done when the caller has it. */
  readonly afterwards?: () => void;
}

/** One request of the AWS SDK. */
export interface Call {
  /** `SendMessageBatch`, `Query`, … */
  readonly action: string;
  /**
   * Action, resource and what tells one statement from another, without what varies from run to run:
   * `Query runs due park`, `BatchExecuteStatement UPDATE runs WHERE id generation free`, `SendMessageBatch normal-dlq`.
   */
  readonly kind: string;
  readonly body: string;
  /** What the server answered each time that the call reached it. */
  readonly replies: Reply[];
}

const reads: ReadonlySet<string> = new Set([
  "Query",
  "Scan",
  "BatchGetItem",
  "GetItem",
  "GetQueueAttributes",
]);

/** Whether the call may change anything. To receive a message is to hide it. */
export const isWrite = ({ action }: Pick<Call, "action">): boolean => !reads.has(action);

export const toCall = (target: string, body: string): Call => {
  const action = target.slice(target.indexOf(".") + 1);
  return { action, kind: [action, ...detailsOf(action, body)].join(" "), body, replies: [] };
};

const detailsOf = (action: string, body: string): readonly string[] => {
  if (action === "GetQueueAttributes") return [];
  return action === "BatchExecuteStatement" ? statementsIn(body) : subjectOf(body);
};

/** `millrace-<stage>-runs` → `runs`, and the same of a queue's URL. */
const resourceIn = (text: string): string => /millrace-[^-"]+-([\w-]+)/.exec(text)?.[1] ?? "";

/** The resource, the index, and the family of the first key: `P` of `P#act:large`. Runs are all of one family. */
const subjectOf = (body: string): readonly string[] => {
  const resource = resourceIn(body);
  const index = /"IndexName":"(\w+)"/.exec(body)?.[1];
  const hasFamilies = resource === "state" || index === "due";
  const family = hasFamilies ? /"S":"([A-Za-z-]+)/.exec(body)?.[1] : undefined;
  return [resource, index, family].filter((part) => part !== undefined);
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
