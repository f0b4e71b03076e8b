import { compare } from './compare.ts'
import { hookRequest } from './hook.ts'

// The benchmark of `POST /hooks`: `npm run bench:hooks`.

await compare({
  request: hookRequest(),
  names: ['hooks', 'hooksInRedis', 'bareHook', 'expressHook'],
  bars: [
    { of: 'hooks', with: 'bareHook', least: 0.65 },
    { of: 'hooks', with: 'expressHook', least: 3 },
    { of: 'hooksInRedis', with: 'bareHook', least: 0.55 }
  ],
  // The servers look for the integration that they have written at the start.
  emptiesRedis: false
})
