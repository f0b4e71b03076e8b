import type { Redis } from 'ioredis'
import { bare, bareWithScript, bareWithStore } from './bare.ts'
import { expressWithAjv } from './express.ts'
import { bareHook, expressHook, hooks, hooksInRedis } from './hooks.ts'
import { ours } from './ours.ts'

/** A server to measure. */
export interface Target {
  /** What the table calls it. */
  readonly title: string
  /** Starts it on a port of 127.0.0.1. */
  readonly listen: (redis: Redis, port: number) => Promise<void>
}

/** The servers to measure. */
export const targets = {
  ours: { title: 'ours', listen: ours },
  a: { title: '(a) Fastify, TypeBox, one SET', listen: bare },
  b: { title: '(b) Express, Ajv, one SET', listen: expressWithAjv },
  c: { title: '(c) Fastify, TypeBox, our script', listen: bareWithScript },
  d: { title: '(d) Fastify, TypeBox, our store', listen: bareWithStore },
  hooks: { title: 'ours', listen: hooks },
  hooksInRedis: { title: 'ours, RedisHistory', listen: hooksInRedis },
  bareHook: { title: 'Fastify, one GET', listen: bareHook },
  expressHook: { title: 'Express, one GET', listen: expressHook }
} as const satisfies Readonly<Record<string, Target>>

/** The name of a target. */
export type TargetName = keyof typeof targets

/** Whether there is a target of that name. */
export function isTargetName (name: string): name is TargetName {
  return Object.hasOwn(targets, name)
}
