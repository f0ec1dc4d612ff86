// Runs vars/buildhook.groovy with stubbed pipeline steps. `sh` runs the commands, so that a stub of buildhook can print them.
//
//   groovy stub.groovy LIBRARY SCENARIO      SCENARIO: SUCCESS, UNSTABLE, FAILURE, ABORTED or UNKNOWN_OPTION
class FlowInterruptedException extends Exception {}

class Build {
  static Map environment = [:]
  static Map currentBuild = [currentResult: 'SUCCESS']
}

def binding = new Binding()
binding.setVariable('currentBuild', Build.currentBuild)
binding.setVariable('string', { Map options -> options })
binding.setVariable('withCredentials', { List credentials, Closure body ->
  credentials.each { Build.environment[it.variable] = "secret of ${it.credentialsId}" }
  body()
  credentials.each { Build.environment.remove(it.variable) }
})
binding.setVariable('withEnv', { List settings, Closure body ->
  def previous = new LinkedHashMap(Build.environment)
  settings.each { def (name, value) = it.split('=', 2); Build.environment[name] = value }
  body()
  Build.environment.clear()
  Build.environment.putAll(previous)
})
binding.setVariable('isUnix', { -> true })
binding.setVariable('error', { String message -> throw new IllegalArgumentException(message) })
binding.setVariable('sh', { Map options ->
  assert options.returnStatus, 'sh must not fail the build when the receiver is down'
  def process = new ProcessBuilder('sh', '-c', options.script)
  process.environment().putAll(Build.environment.collectEntries { [it.key, it.value.toString()] })
  process.inheritIO().start().waitFor()
})

def library = new GroovyShell(binding).parse(new File(args[0]))
def options = [urlCredentialsId: 'url', credentialsId: 'secret', artifacts: ["it's *.bin"], environment: [BUILDHOOK_STREAM: 'nightlies']]
try {
  switch (args[1]) {
    case 'SUCCESS': library.call(options) { println 'working' }; break
    case 'UNSTABLE': library.call(options) { Build.currentBuild.currentResult = 'UNSTABLE' }; break
    case 'FAILURE': library.call(options) { throw new IOException('broken') }; break
    case 'ABORTED': library.call(options) { throw new FlowInterruptedException() }; break
    case 'UNKNOWN_OPTION': library.call([uri: 'x']) { println 'working' }; break
  }
} catch (Exception thrown) {
  println "thrown: ${thrown.getClass().simpleName}"
}
