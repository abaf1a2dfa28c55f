import { isFinal, isoTime, type JobEvent, type JobRecord, type JobState, stateSince, viewOf } from './job.ts';

/** Tells followers what their jobs do. Nothing is kept for a job that neither runs nor is followed. */
export interface Progress {
  /** A run begins: the text begins anew. */
  begin(id: string): void;
  append(id: string, text: string): void;
  /** The run is over and the store says how; text that nobody follows is forgotten. */
  end(id: string): void;
  /** The state of the job changed in the store. */
  change(id: string): void;
  /** Events from now on, after the text so far; ends with `done`, the signal, or `close`. */
  follow(id: string, read: () => JobRecord | undefined, signal: AbortSignal): AsyncIterable<JobEvent>;
  close(): void;
}

/** What is known of one job. Followers share the text and keep only their place in it, so a slow one costs nothing. */
interface Topic {
  texts: string[];
  isRunning: boolean;
  followers: number;
  /** Raised with every run and state, so that followers know when to ask the store. */
  revision: number;
  run: number;
  readonly waiting: Set<() => void>;
}

/** Progress of the jobs of this process, in memory: after a restart followers get states, and text from the new run. */
export const createProgress = (): Progress => {
  const topics = new Map<string, Topic>();
  let isClosed = false;

  const open = (id: string): Topic => {
    const topic = topics.get(id) ?? {
      texts: [],
      isRunning: false,
      followers: 0,
      revision: 0,
      run: 0,
      waiting: new Set(),
    };
    topics.set(id, topic);
    return topic;
  };
  const forgetIdle = (id: string, topic: Topic) => {
    if (!topic.isRunning && topic.followers === 0) topics.delete(id);
  };
  const change = (id: string) => {
    const topic = topics.get(id);
    if (topic === undefined) return;
    topic.revision += 1;
    wake(topic);
    forgetIdle(id, topic);
  };

  return {
    begin(id) {
      const topic = open(id);
      topic.texts = [];
      topic.run += 1;
      topic.isRunning = true;
      change(id);
    },
    append(id, text) {
      const topic = open(id);
      topic.texts.push(text);
      wake(topic);
    },
    end(id) {
      open(id).isRunning = false;
      change(id);
    },
    change,
    async *follow(id, read, signal) {
      const topic = open(id);
      topic.followers += 1;
      try {
        yield* eventsOf(topic, read, () => isClosed || signal.aborted, signal);
      } finally {
        topic.followers -= 1;
        forgetIdle(id, topic);
      }
    },
    close() {
      isClosed = true;
      for (const topic of topics.values()) wake(topic);
    },
  };
};

async function* eventsOf(
  topic: Topic,
  read: () => JobRecord | undefined,
  isOver: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<JobEvent> {
  let seen: { revision: number; state: JobState | undefined; run: number } = {
    revision: -1,
    state: undefined,
    run: -1,
  };
  let place = 0;
  while (!isOver()) {
    if (seen.run === topic.run && place < topic.texts.length) {
      const text = topic.texts.slice(place).join('');
      place = topic.texts.length;
      yield { type: 'text', text };
    } else if (seen.revision !== topic.revision) {
      const { revision, run } = topic;
      const job = read();
      if (job === undefined) return;
      if (job.state !== seen.state || run !== seen.run) {
        yield { type: 'state', state: job.state, at: isoTime(stateSince(job)) };
      }
      if (isFinal(job.state)) {
        yield { type: 'done', job: viewOf(job) };
        return;
      }
      if (run !== seen.run) place = 0;
      seen = { revision, state: job.state, run };
    } else {
      await somethingNew(topic, signal);
    }
  }
}

const wake = (topic: Topic): void => {
  for (const resume of [...topic.waiting]) resume();
};

const somethingNew = (topic: Topic, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const resume = () => {
      topic.waiting.delete(resume);
      signal.removeEventListener('abort', resume);
      resolve();
    };
    topic.waiting.add(resume);
    signal.addEventListener('abort', resume, { once: true });
  });
