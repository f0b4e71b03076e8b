import type { Awaitable } from '../ports/awaitable.ts'
import type { PortCall } from '../ports/call.ts'
import type { Answer } from './answer.ts'

/** A method of a port, as the guard calls it. */
export interface PortMethod<Input extends readonly unknown[], T> {
  /** The name of the method in errors and logs: `directory.findUser`. */
  readonly label: string
  /** Calls the method of the port that `ports` holds. */
  readonly invoke: (ports: object, input: Input, call: PortCall) => unknown
  /** What the method may answer. */
  readonly answer: Answer<T>
  /** Reads what the method threw: the error that a capability gets, or undefined when the port broke its contract. */
  readonly foreseen: Foreseen
}

/** Reads what a method threw into the error that a capability gets; undefined for a failure of the port. */
export type Foreseen = (thrown: unknown) => Error | undefined

type AnyMethod = (...args: never[]) => unknown

/** The names of the methods that every port of a kind has; methods that a port may leave out are not asked through a table. */
export type MethodName<P> = { [K in keyof P]-?: P[K] extends AnyMethod ? K : never }[keyof P] & string

/** The arguments of a method, without the call that the guard adds. */
export type InputOf<F> = F extends AnyMethod ? Required<Parameters<F>> extends [...infer A, PortCall] ? A : never : never

/** The answer of a method, at once or later. */
export type OutputOf<F> = F extends (...args: never[]) => Awaitable<infer T> ? T : never

/** One entry for each method of a port: a method without an entry does not compile. */
export type PortTable<P> = { readonly [M in MethodName<P>]: PortMethod<InputOf<P[M]>, OutputOf<P[M]>> }

type EntryMaker<P> = <M extends MethodName<P>>(
  method: M, answer: Answer<OutputOf<P[M]>>, prepare?: (input: InputOf<P[M]>) => readonly unknown[]
) => PortMethod<InputOf<P[M]>, OutputOf<P[M]>>

/**
 * Makes the function that makes the entries of a port's table. Its `prepare`
 * changes the arguments of a method.
 *
 * @param option the option that holds the port; undefined for functions that
 *   are options themselves.
 * @param foreseen reads the errors that the contract of the port names. By default there are none.
 */
export function methodsOf<P> (option?: string, foreseen: Foreseen = () => undefined): EntryMaker<P> {
  return (method, answer, prepare = (input) => input) => ({
    label: option === undefined ? method : `${option}.${method}`,
    invoke: (ports, input, call) => {
      const port: unknown = option === undefined ? ports : Reflect.get(ports, option)
      return Reflect.apply(Reflect.get(Object(port), method), port, [...prepare(input), call])
    },
    answer,
    foreseen
  })
}
