/**
 * What really happened: which handlers ran, in which process, until when, and what operators were answered. It is
 * filled by the simulation and shares no code with the product, so that the product cannot be wrong in the same way.
 * All instants are true time in milliseconds since 1970, whatever a process's clock says.
 */
export interface EffectLedger {
  readonly handlers: readonly HandlerSpan[];
  readonly answers: readonly Answer[];
  readonly ends: readonly RecordedEnd[];
  /** Processes that were killed, sooner or later. */
  readonly killed: ReadonlySet<string>;
  start(start: HandlerStart): HandlerSpan;
  end(span: HandlerSpan, how: HandlerEnd, at: number): void;
  /** Its handlers stop where they are. */
  killProcess(process: string, at: number): void;
  ask(question: Pick<Answer, "verb" | "about" | "askedAt" | "skewMs">): OpenQuestion;
  /** A write that the store accepted and that ended a run, or requeued it. */
  recordState(id: string, state: string, at: number): void;
}

interface HandlerStart {
  readonly run: string;
  readonly job: string;
  readonly process: string;
  /** How far the process's clock is ahead, in milliseconds. */
  readonly skewMs: number;
  readonly startedAt: number;
  /** When the run is due, as the handler sees it. */
  readonly dueAt: number;
  /** The attempt number, as the handler sees it. */
  readonly attempt: number;
}

export type HandlerEnd = "returned" | "threw" | "fatal" | "aborted" | "killed";

export interface HandlerSpan extends HandlerStart {
  readonly endedAt: number | undefined;
  readonly how: HandlerEnd | undefined;
}

/** What a caller asked for, and what it was answered. */
export interface Answer {
  readonly verb: string;
  /** The schedule or run that it was about. */
  readonly about: string;
  readonly askedAt: number;
  readonly skewMs: number;
  /** `none`: the caller was killed before it had an answer, or has none yet. */
  readonly outcome: "ok" | "error" | "none";
  readonly answeredAt: number | undefined;
  readonly obligation: Obligation;
}

/** What an answer obliges the pipeline to. */
export interface Obligation {
  /** Runs that must end. */
  readonly runs?: readonly string[];
  /** None of these runs starts before. */
  readonly notBefore?: number;
  /** A run that must not start any more. */
  readonly cancelled?: string;
  /** A text that must be found in a dead letter. */
  readonly deadLetter?: string;
}

interface OpenQuestion {
  answer(outcome: "ok" | "error", at: number, obligation?: Obligation): void;
}

interface RecordedEnd {
  readonly id: string;
  readonly state: string;
  readonly at: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export const createEffectLedger = (): EffectLedger => {
  const handlers: Mutable<HandlerSpan>[] = [];
  const open = new Map<HandlerSpan, Mutable<HandlerSpan>>();
  const answers: Mutable<Answer>[] = [];
  const ends: RecordedEnd[] = [];
  const killed = new Set<string>();
  const end = (span: HandlerSpan, how: HandlerEnd, at: number): void => {
    const own = open.get(span);
    if (!own) return;
    own.how = how;
    own.endedAt = at;
    open.delete(span);
  };
  return {
    handlers,
    answers,
    ends,
    killed,
    start: (start) => {
      const span: Mutable<HandlerSpan> = { ...start, endedAt: undefined, how: undefined };
      handlers.push(span);
      open.set(span, span);
      return span;
    },
    end,
    killProcess: (process, at) => {
      killed.add(process);
      for (const span of [...open.keys()]) if (span.process === process) end(span, "killed", at);
    },
    ask: (question) => {
      const asked: Mutable<Answer> = { ...question, outcome: "none", answeredAt: undefined, obligation: {} };
      answers.push(asked);
      return {
        answer: (outcome, answeredAt, obligation = {}) =>
          void Object.assign(asked, { outcome, answeredAt, obligation }),
      };
    },
    recordState: (id, state, at) => void ends.push({ id, state, at }),
  };
};
