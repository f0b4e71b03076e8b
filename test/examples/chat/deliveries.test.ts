import { test } from 'tap'
import { Deliveries } from '../../../examples/chat/deliveries.ts'
import { messengerOf } from '../../../examples/chat/messenger.ts'
import { PostRefusedError, type PostRequest } from '../../../lib/index.ts'
import { ChatServer, people, roomIds } from '../../support/chat.ts'
import { patient } from '../../support/integrations.ts'

const request: PostRequest = {
  as: people.bot,
  to: { room: { _id: roomIds.general } },
  integration: { _id: 'i1', name: 'testHook', type: 'webhook-incoming' },
  message: { text: 'Hello', parseUrls: true, groupable: false, bot: { i: 'i1' } },
  deliveryId: 'd1'
}

test('a delivery that comes again posts nothing and has the first answer', async (t) => {
  const { chat } = await ChatServer.start(t)
  const messenger = messengerOf(chat)
  const first = await messenger.post(request, patient)
  t.strictSame(await messenger.post(request, patient), first)
  t.equal(chat.findRoomById(roomIds.general)?.messageCount, 1)
  t.not((await messenger.post({ ...request, deliveryId: 'd2' }, patient))._id, first._id, 'another delivery is another message')
  for (let time = 0; time < 2; time++) {
    const { deliveryId, ...unnamed } = request
    await messenger.post(unnamed, patient)
  }
  t.equal(chat.findRoomById(roomIds.general)?.messageCount, 4, 'a message without a delivery is posted each time')
})

test('a delivery that was refused can come again', async (t) => {
  const { chat } = await ChatServer.start(t)
  const messenger = messengerOf(chat)
  const room = chat.findRoomById(roomIds.operations)
  const toOperations = { ...request, as: people.guest, to: { room: { _id: roomIds.operations } } }
  await t.rejects(async () => await messenger.post(toOperations, patient), new PostRefusedError('error-not-allowed'))
  room?.members.add(people.guest._id)
  const posted = await messenger.post(toOperations, patient)
  room?.members.delete(people.guest._id)
  t.strictSame(await messenger.post(toOperations, patient), posted, 'once the message is posted, no rule is asked again')
  t.equal(room?.messageCount, 1)
})

test('so many deliveries are remembered, and no more', async (t) => {
  const deliveries = new Deliveries()
  const ids = Array.from({ length: Deliveries.limit + 1 }, (_, index) => `d${index}`)
  for (const id of ids) deliveries.add(id, `message of ${id}`)
  t.equal(deliveries.find('d0'), undefined, 'the oldest one is forgotten')
  t.strictSame(ids.slice(1).filter((id) => deliveries.find(id) !== `message of ${id}`), [])
})
