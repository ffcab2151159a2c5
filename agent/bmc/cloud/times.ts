/** Milliseconds; tests shrink them all. */
export interface Times {
  /** Between the last poll's end and the next: an operation has a further step waiting for the one under way. */
  urgent: number;
  /** The same: something changes. */
  changing: number;
  /** The same: a client has asked for a state not long ago. Ironic asks for each node every two minutes, that is all the time. */
  asked: number;
  /** The same: nobody is interested. */
  idle: number;
  /** How long a question or a change counts as "not long ago". */
  interest: number;
  /** For one poll with all its repetitions. */
  poll: number;
  /** After the last good answer, while polls fail: from then on nobody is told what may be wrong by now. */
  stale: number;
  /** How long change() waits for the state that it decides on: clients wait for an answer meanwhile. */
  decide: number;
  /** How long the first question after a quiet time waits for a poll; ipmitool repeats one after a second, four times. */
  tell: number;
  /** After a request whose fate is unknown: how long it may still be on its way. */
  settle: number;
  /** For a whole operation; then it is given up. Nova's own rebuilds and rescues are done in seconds to minutes. */
  operation: number;
}

export const usualTimes: Times = {
  urgent: 500,
  changing: 2_000,
  asked: 5_000,
  idle: 30_000,
  interest: 15_000,
  poll: 45_000,
  stale: 15_000,
  decide: 8_000,
  tell: 2_000,
  settle: 8_000,
  operation: 600_000,
};
