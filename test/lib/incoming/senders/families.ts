import { forges } from './forges.ts'
import { habits } from './habits.ts'
import { libraries } from './libraries.ts'
import { monitoring } from './monitoring.ts'
import { rocketChat } from './rocket-chat.ts'

/** All requests that were collected, by the kind of product that sends them. */
export const families = { rocketChat, forges, monitoring, libraries, habits }
