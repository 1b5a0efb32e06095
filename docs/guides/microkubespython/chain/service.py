from microkubes.security import (SecurityChain,
                                 SecurityException,
                                 ThreadLocalSecurityContext,
                                 JWTProvider,
                                 is_authenticated_provider,
                                 KeyStore)

store = KeyStore(dir_path='./keys')  # we need key store with the RSA keys so we can validate the JWT signature
context = ThreadLocalSecurityContext()  # Keeps the Auth in thread-local, which is fine for tests, but should be avoided for production

chain = (SecurityChain(context).
         provider(JWTProvider(key_store=store)).  # Security chain with JWT auth
         provider(is_authenticated_provider))  # check if the request has been authenticated


# assuming we receive an HTTP request, the processing of the request can be done like this:
def handle(request, response):
    try:
        chain.execute(request, response)
    except SecurityException as serr:
        response.status_code = serr.status_code
        response.write_json({"code": serr.status_code, "message": str(serr)})
        return

    # then we can access the context to get the Auth object:

    auth = context.get_auth()
