class Script {
  async prepare_outgoing_request ({ request }) {
    const text = await this.clean(request.data.text)
    await null
    const { token, ...rest } = request.data
    return { ...request, headers: { ...request.headers, Authorization: `Bearer ${token}` }, data: { ...rest, text, n: [1, { a: null }] } }
  }

  clean (text) {
    return new Promise((resolve) => queueMicrotask(() => resolve(text.replace(/\b\d{4,}\b/g, '****'))))
  }
}
