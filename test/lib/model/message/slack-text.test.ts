import { test } from 'tap'
import { fromSlackText } from '../../../../lib/model/message/slack-text.ts'

test('marks of Slack as markdown', async (t) => {
  for (const [text, markdown] of [
    ['', ''],
    ['plain *bold* _it_ `code`', 'plain *bold* _it_ `code`'],
    ['<https://x.example>', 'https://x.example'],
    ['<https://x.example|label>', '[label](https://x.example)'],
    ['a <https://x.example|b> c <https://y.example|d>', 'a [b](https://x.example) c [d](https://y.example)'],
    ['<https://x.example/?a=1&amp;b=(2)|[1] a&amp;b>', '[\\[1\\] a&b](https://x.example/?a=1&b=%282%29)'],
    ['<https://x.example|>', 'https://x.example'],
    ['<https://x.example|https://x.example>', 'https://x.example'],
    ['<mailto:a@x.example|a@x.example>', '[a@x.example](mailto:a@x.example)'],
    ['<https://x.example|two\nlines>', '[two lines](https://x.example)'],
    ['<@U1> <@U1|ann> <#C1> <#C1|general>', '@U1 @ann #C1 #general'],
    ['<!here> <!channel> <!everyone> <!subteam^S1|@team> <!subteam^S1>', '@here @channel @everyone @team @S1'],
    ['<!date^1392734382^{date}|Feb 18, 2014>', 'Feb 18, 2014'],
    ['a &lt; b &amp;&amp; c &gt; d &amp;lt; &quot;', 'a < b && c > d &lt; &quot;'],
    ['1 < 2 > 0, <b>, <>, <@>, <#>, <!>, <', '1 < 2 > 0, <b>, <>, <@>, <#>, <!>, <'],
    ['<javascript:alert(1)|x>', '<javascript:alert(1)|x>'],
    ['<<https://x.example|a>>', '<[a](https://x.example)>']
  ] as const) t.equal(fromSlackText(text), markdown, text)
})
