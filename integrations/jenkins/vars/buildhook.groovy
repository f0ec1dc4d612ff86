// Sends build/triggered when the block starts and build/finished when it ends, with the result SUCCESS, UNSTABLE, FAILURE or ABORTED.
//
//   buildhook(urlCredentialsId: 'webhook-url', credentialsId: 'webhook-secret', artifacts: ['out/*.apk']) {
//     stage('Build') { sh 'make release' }
//   }
//
// url or urlCredentialsId   the webhook URL, or the id of a secret text that contains it
// credentialsId             id of a secret text with the signing secret
// artifacts                 globs; each matching file is sent as build.created if the block succeeds
// environment               more settings, such as [BUILDHOOK_STREAM: 'nightlies']
// program                   path of the program; default: buildhook, from the PATH
def call(Map options = [:], Closure body) {
  def unknown = options.keySet() - ['url', 'urlCredentialsId', 'credentialsId', 'artifacts', 'environment', 'program']
  if (unknown) {
    error "buildhook: unknown option ${unknown.join(', ')}"
  }
  send(options, 'triggered')
  def result = 'FAILURE'
  try {
    body()
    result = currentBuild.currentResult ?: 'SUCCESS'
  } catch (Throwable thrown) {
    // Jenkins throws these when a build is aborted or times out.
    if (thrown.getClass().simpleName in ['FlowInterruptedException', 'InterruptedException']) {
      result = 'ABORTED'
    }
    throw thrown
  } finally {
    if (result == 'SUCCESS' && options.artifacts) {
      send(options, 'created -- ' + options.artifacts.collect { quote(it) }.join(' '))
    }
    send(options, "finished --status ${result}")
  }
}

// Runs a buildhook command and ignores its exit code, so that a receiver that is down does not break the build; undelivered events
// are logged and recorded. Settings are passed as variables because arguments are visible in the process list.
private void send(Map options, String command) {
  def credentials = []
  if (options.urlCredentialsId) {
    credentials << string(credentialsId: options.urlCredentialsId, variable: 'BUILDHOOK_URL')
  }
  if (options.credentialsId) {
    credentials << string(credentialsId: options.credentialsId, variable: 'BUILDHOOK_SECRET')
  }
  def settings = (options.environment ?: [:]).collect { name, value -> "${name}=${value}".toString() }
  if (options.url) {
    settings << "BUILDHOOK_URL=${options.url}".toString()
  }
  def program = quote(options.program ?: 'buildhook')
  withCredentials(credentials) {
    withEnv(settings) {
      if (isUnix()) {
        sh(script: "${program} ${command}".toString(), returnStatus: true, label: "buildhook ${command.tokenize()[0]}".toString())
      } else {
        bat(script: "${program} ${command}".toString(), returnStatus: true, label: "buildhook ${command.tokenize()[0]}".toString())
      }
    }
  }
}

// Quotes an argument for the shell.
private String quote(argument) {
  return isUnix() ? "'" + argument.toString().replace("'", "'\\''") + "'" : '"' + argument.toString() + '"'
}
