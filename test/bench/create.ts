import { requestBytes } from '../support/request-bytes.ts'
import { compare } from './compare.ts'

// The benchmark of `POST integrations.create`: `npm run bench`.

await compare({
  request: requestBytes().toString('latin1'),
  names: ['ours', 'a', 'b', 'c', 'd'],
  bars: [
    { of: 'ours', with: 'a', least: 0.70 },
    { of: 'ours', with: 'b', least: 2.20 },
    { of: 'ours', with: 'c', least: 0.88 },
    // Explains where the rest goes.
    { of: 'ours', with: 'd' }
  ],
  emptiesRedis: true
})
