import type { Redis } from 'ioredis'
import { bare, bareWithScript, bareWithStore } from './bare.ts'
import { expressWithAjv } from './express.ts'
import { ours } from './ours.ts'

/** The names of what is measured, in the order of the table. */
export const targetNames = ['ours', 'a', 'b', 'c', 'd'] as const

/** The name of a target. */
export type TargetName = typeof targetNames[number]

/** A server to measure. */
export interface Target {
  /** What the table calls it. */
  readonly title: string
  /** Starts it on a port of 127.0.0.1. */
  readonly listen: (redis: Redis, port: number) => Promise<void>
}

/** The servers to measure. */
export const targets: Readonly<Record<TargetName, Target>> = {
  ours: { title: 'ours', listen: ours },
  a: { title: '(a) Fastify, TypeBox, one SET', listen: bare },
  b: { title: '(b) Express, Ajv, one SET', listen: expressWithAjv },
  c: { title: '(c) Fastify, TypeBox, our script', listen: bareWithScript },
  d: { title: '(d) Fastify, TypeBox, our store', listen: bareWithStore }
}

/** Whether there is a target of that name. */
export function isTargetName (name: string): name is TargetName {
  return Object.hasOwn(targets, name)
}
