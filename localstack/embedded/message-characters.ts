/** Internals of fauxqs, whose package exports only `startFauxqs`. Pinned to version 2.4.1. */
interface Router {
  register(action: string, handler: Handler): void;
}
type Handler = (body: Body, store: unknown, request: unknown) => unknown;
type ErrorClass = new (code: string, message: string) => Error;

interface Entry {
  readonly Id?: string;
  readonly MessageBody?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue?: string }>>;
}
interface Body extends Entry {
  readonly Entries?: readonly Entry[];
}
interface Problem {
  readonly code: string;
  readonly message: string;
}

/**
 * Starts fauxqs so that it accepts and refuses the same characters as SQS. Unpatched, it refuses every character above
 * U+FFFF, such as an emoji, and accepts any character in an attribute.
 */
export const withCharactersOfSqs = async <Server>(start: () => Promise<Server>): Promise<Server> => {
  const inside = (path: string) => import(new URL(path, import.meta.resolve("fauxqs")).href);
  const { SqsRouter }: { SqsRouter: { readonly prototype: Router } } = await inside("./sqs/sqsRouter.js");
  const { SqsError }: { SqsError: ErrorClass } = await inside("./common/errors.js");
  const { INVALID_MESSAGE_BODY_CHAR: pattern }: { INVALID_MESSAGE_BODY_CHAR: RegExp } =
    await inside("./sqs/sqsTypes.js");
  // All bodies are checked here, before fauxqs sees them.
  pattern.test = () => false;
  const checked: Readonly<Record<string, (handler: Handler) => Handler>> = {
    SendMessage: (handler) => checkedSend(handler, SqsError),
    SendMessageBatch: (handler) => checkedBatch(handler, SqsError),
  };
  const { register } = SqsRouter.prototype;
  SqsRouter.prototype.register = function (action, handler) {
    register.call(this, action, checked[action]?.(handler) ?? handler);
  };
  try {
    return await start();
  } finally {
    SqsRouter.prototype.register = register;
  }
};

const checkedSend =
  (handler: Handler, SqsError: ErrorClass): Handler =>
  (body, ...rest) => {
    const problem = problemOf(body);
    if (problem) throw new SqsError(problem.code, problem.message);
    return handler(body, ...rest);
  };

/** A refused entry does not prevent the others from being sent. */
const checkedBatch =
  (handler: Handler, SqsError: ErrorClass): Handler =>
  async (body, ...rest) => {
    const { Entries = [] } = body;
    const empty = Entries.findIndex(({ MessageBody }) => !MessageBody);
    if (empty >= 0)
      throw new SqsError(
        "MissingParameter",
        `The request must contain the parameter SendMessageBatchRequestEntry.${empty + 1}.MessageBody.`,
      );
    const problems = new Map(Entries.map((entry) => [entry, problemOf(entry)]));
    const Failed = [...problems].flatMap(([{ Id }, problem]) =>
      problem ? [{ Id, SenderFault: true, Code: problem.code, Message: problem.message }] : [],
    );
    if (Failed.length === 0) return await handler(body, ...rest);
    const sendable = Entries.filter((entry) => !problems.get(entry));
    if (sendable.length === 0) return { Successful: [], Failed };
    const answer: { Successful: unknown[]; Failed?: unknown[] } = Object(
      await handler({ ...body, Entries: sendable }, ...rest),
    );
    return { ...answer, Failed: [...Failed, ...(answer.Failed ?? [])] };
  };

const problemOf = ({ MessageBody = "", MessageAttributes = {} }: Entry): Problem | undefined => {
  if (unacceptable.test(MessageBody)) return { code: "InvalidMessageContents", message: rule };
  for (const [name, { StringValue }] of Object.entries(MessageAttributes)) {
    if (StringValue === "") {
      const message = `Message (user) attribute '${name}' must contain a non-empty value of type 'String'.`;
      return { code: "InvalidParameterValue", message };
    }
    if (StringValue !== undefined && unacceptable.test(StringValue))
      return { code: "InvalidParameterValue", message: `Message (user) attribute '${name}': ${rule}` };
  }
  return undefined;
};

const rule =
  "Invalid binary character was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";

// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule of SQS names them
const unacceptable = /[^\u{9}\u{A}\u{D}\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
