// Runs vars/buildhook.groovy with stubs of the steps of a pipeline, and prints what the shell got, a line each.
//
//   groovy stub.groovy LIBRARY RESULT        RESULT: SUCCESS, UNSTABLE, FAILURE, ABORTED or MISTAKE
class FlowInterruptedException extends Exception {}

class Steps {
  static Map environment = [:]
  static Map currentBuild = [currentResult: 'SUCCESS']
}

def binding = new Binding()
binding.setVariable('currentBuild', Steps.currentBuild)
binding.setVariable('string', { Map options -> options })
binding.setVariable('withCredentials', { List credentials, Closure body ->
  credentials.each { Steps.environment[it.variable] = "secret of ${it.credentialsId}" }
  body()
  credentials.each { Steps.environment.remove(it.variable) }
})
binding.setVariable('withEnv', { List settings, Closure body ->
  def before = new LinkedHashMap(Steps.environment)
  settings.each { def (name, value) = it.split('=', 2); Steps.environment[name] = value }
  body()
  Steps.environment.clear()
  Steps.environment.putAll(before)
})
binding.setVariable('isUnix', { -> true })
binding.setVariable('error', { String text -> throw new IllegalArgumentException(text) })
binding.setVariable('sh', { Map options ->
  assert options.returnStatus, 'a receiver that is down breaks the build'
  def process = new ProcessBuilder('sh', '-c', options.script)
  process.environment().putAll(Steps.environment.collectEntries { [it.key, it.value.toString()] })
  process.inheritIO().start().waitFor()
})

def library = new GroovyShell(binding).parse(new File(args[0]))
def options = [urlCredentialsId: 'url', credentialsId: 'secret', artifacts: ["it's *.bin"], environment: [BUILDHOOK_STREAM: 'nightlies']]
try {
  switch (args[1]) {
    case 'SUCCESS': library.call(options) { println 'working' }; break
    case 'UNSTABLE': library.call(options) { Steps.currentBuild.currentResult = 'UNSTABLE' }; break
    case 'FAILURE': library.call(options) { throw new IOException('broken') }; break
    case 'ABORTED': library.call(options) { throw new FlowInterruptedException() }; break
    case 'MISTAKE': library.call([uri: 'x']) { println 'working' }; break
  }
} catch (Exception thrown) {
  println "thrown: ${thrown.getClass().simpleName}"
}
