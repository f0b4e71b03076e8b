import { defaultProfile } from './default.ts'
import { discordProfile } from './discord.ts'
import { mattermostProfile } from './mattermost.ts'
import type { Profile } from './profile.ts'
import { slackProfile } from './slack.ts'

/** All profiles, the default first. */
export const profiles: readonly Profile[] = [defaultProfile, slackProfile, mattermostProfile, discordProfile]

/** The profile that the last part of a path names, in any case; undefined when there is none of that name. */
export function profileNamed (name: string): Profile | undefined {
  return profiles.find((profile) => profile.name === name.toLowerCase())
}
