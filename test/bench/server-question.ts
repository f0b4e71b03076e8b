/** What the process of a target can be asked: its port, or how much CPU time it has used, in microseconds. */
export type ServerQuestion = 'port' | 'cpu'
