// Announces a build when the block begins, and reports its result when it ends: SUCCESS, UNSTABLE, FAILURE or ABORTED.
//
//   buildhook(urlCredentialsId: 'webhook-url', credentialsId: 'webhook-secret', artifacts: ['out/*.apk']) {
//     stage('Build') { sh 'make release' }
//   }
//
// url or urlCredentialsId   where events are posted: an address, or a secret text that holds it
// credentialsId             a secret text that signs each event
// artifacts                 patterns of files; each is sent as build.created once the block has succeeded
// environment               further settings, such as [BUILDHOOK_STREAM: 'nightlies']
// program                   the program; default: buildhook, from the PATH
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
    // Jenkins interrupts a build that is aborted or runs into a timeout.
    if (thrown.getClass().simpleName in ['FlowInterruptedException', 'InterruptedException']) {
      result = 'ABORTED'
    }
    throw thrown
  } finally {
    if (result == 'SUCCESS' && options.artifacts) {
      send(options, 'created -- ' + options.artifacts.collect { quoted(it) }.join(' '))
    }
    send(options, "finished --status ${result}")
  }
}

// A receiver that is down must not break a build: what could not be sent is recorded, and told in the log. The settings go by the
// environment, so that no secret shows in a process list.
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
  def program = quoted(options.program ?: 'buildhook')
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

// One word for the shell.
private String quoted(text) {
  return isUnix() ? "'" + text.toString().replace("'", "'\\''") + "'" : '"' + text.toString() + '"'
}
