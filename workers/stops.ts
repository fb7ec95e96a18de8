/** The job is somebody else's now: what we still wanted to write is refused. Nobody has to handle it. */
export class FenceLost extends Error {
  constructor() {
    super('another worker has the job')
    this.name = 'FenceLost'
  }
}

/** Somebody wants the job cancelled; thrown between two chunks. */
export class CancelAsked extends Error {
  constructor() {
    super('the job is to be cancelled')
    this.name = 'CancelAsked'
  }
}

/** This process ends; thrown between two transactions, so that another worker goes on at once. */
export class WorkerLeaves extends Error {
  constructor() {
    super('the worker is stopping')
    this.name = 'WorkerLeaves'
  }
}
