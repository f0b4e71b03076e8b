/**
 * Sees that the commands that the tests start are on this machine, before the
 * slow part of `npm test`.
 *
 * On Debian and Ubuntu, root gets them installed. Everybody else gets the
 * command to install them, and a failure. Plain JavaScript, because it runs
 * before the build.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const needed = ['redis-server', 'curl']
const aptGetInstall = ['install', '-y', '--no-install-recommends', 'redis-server', 'curl', 'ca-certificates']

/** How each package manager installs them. The first one that is on the machine counts. */
const installations = {
  'apt-get': `sudo apt-get update && sudo apt-get ${aptGetInstall.join(' ')}`,
  brew: 'brew install redis curl',
  dnf: 'sudo dnf install -y redis curl',
  apk: 'sudo apk add redis curl'
}

/** @type {(command: string) => boolean} */
function isThere (command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** @type {(args: string[]) => boolean} */
function aptGet (args) {
  return spawnSync('apt-get', args, {
    stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  }).status === 0
}

const missing = needed.filter((command) => !isThere(command))
const manager = Object.keys(installations).find(isThere) ?? 'apt-get'

if (missing.length > 0 && isThere('apt-get') && process.getuid?.() === 0) {
  console.log(`The tests need ${missing.join(' and ')}: installing with apt-get.`)
  // An update fails when one of several sources is away; the installation shows whether that matters.
  aptGet(['update', '-q'])
  aptGet([...aptGetInstall, '-q'])
}

const stillMissing = missing.filter((command) => !isThere(command))
if (stillMissing.length > 0) {
  console.error(`The tests need ${stillMissing.join(' and ')}. This command installs what is missing:\n\n  ${installations[manager]}\n`)
  process.exitCode = 1
}
