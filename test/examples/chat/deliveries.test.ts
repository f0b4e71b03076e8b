import { test } from 'tap'
import { Deliveries } from '../../../examples/chat/deliveries.ts'
import { messengerOf } from '../../../examples/chat/messenger.ts'
import { PostRefusedError, type PostRequest } from '../../../lib/index.ts'
import { ChatServer, people, roomIds } from '../../support/chat.ts'
import { patient } from '../../support/integrations.ts'

const request: PostRequest = {
  as: people.guest,
  to: { room: { _id: roomIds.operations } },
  integration: { _id: 'i1', name: 'testHook', type: 'webhook-incoming' },
  message: { text: 'Hello', parseUrls: true, groupable: false, bot: { i: 'i1' } },
  deliveryId: 'd1'
}

test('a delivery that was refused can come again', async (t) => {
  const { chat } = await ChatServer.start(t)
  const messenger = messengerOf(chat)
  const room = chat.findRoomById(roomIds.operations)
  await t.rejects(async () => await messenger.post(request, patient), new PostRefusedError('error-not-allowed'))
  room?.members.add(people.guest._id)
  const posted = await messenger.post(request, patient)
  room?.members.delete(people.guest._id)
  t.strictSame(await messenger.post(request, patient), posted, 'once the message is posted, no rule is asked again')
  t.equal(room?.messageCount, 1)
})

test('so many deliveries are remembered, and no more', async (t) => {
  const deliveries = new Deliveries()
  const ids = Array.from({ length: Deliveries.limit + 1 }, (_, index) => `d${index}`)
  for (const id of ids) deliveries.add(id, `message of ${id}`)
  t.equal(deliveries.find('d0'), undefined, 'the oldest one is forgotten')
  t.strictSame(ids.slice(1).filter((id) => deliveries.find(id) !== `message of ${id}`), [])
})
