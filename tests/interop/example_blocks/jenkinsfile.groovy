// Runs a Jenkinsfile, scripted or declarative, with the shared library and stubs of Jenkins' steps. The credentials are the variables
// CREDENTIAL_URL and CREDENTIAL_SECRET.
//
//   groovy jenkinsfile.groovy LIBRARY JENKINSFILE
class Run {
  static Map environment = [:]

  static String credential(String id) {
    id.endsWith('url') ? System.getenv('CREDENTIAL_URL') : System.getenv('CREDENTIAL_SECRET')
  }
}

// `environment { NAME = value }`
class Settings {
  void setProperty(String name, Object value) { Run.environment[name] = value }

  String credentials(String id) { Run.credential(id) }
}

def binding = new Binding([currentBuild: [currentResult: 'SUCCESS'], scm: 'scm', any: 'any'])
def scope = { Map settings, Closure body ->
  def previous = new LinkedHashMap(Run.environment)
  Run.environment.putAll(settings)
  body()
  Run.environment.clear()
  Run.environment.putAll(previous)
}
binding.setVariable('sh', { argument ->
  def options = argument instanceof Map ? argument : [script: argument]
  def process = new ProcessBuilder('sh', '-ec', options.script.toString())
  process.environment().putAll(Run.environment.collectEntries { [it.key, it.value.toString()] })
  def status = process.inheritIO().start().waitFor()
  if (status != 0) {
    throw new IOException("exit code ${status}: ${options.script}")
  }
  status
})
binding.setVariable('isUnix', { -> true })
binding.setVariable('checkout', { source -> })
binding.setVariable('archiveArtifacts', { String file ->
  if (!new File(file).isFile()) throw new FileNotFoundException(file)
})
binding.setVariable('error', { String message -> throw new IllegalArgumentException(message) })
binding.setVariable('string', { Map options -> options })
binding.setVariable('withCredentials', { List bound, Closure body ->
  scope(bound.collectEntries { [it.variable, Run.credential(it.credentialsId)] }, body)
})
binding.setVariable('withEnv', { List settings, Closure body ->
  scope(settings.collectEntries { it.split('=', 2).toList() }, body)
})
['node', 'pipeline', 'stages', 'steps', 'post', 'always'].each { name -> binding.setVariable(name, { Closure body -> body() }) }
binding.setVariable('agent', { label -> })
binding.setVariable('stage', { String name, Closure body -> body() })
binding.setVariable('environment', { Closure body ->
  body.delegate = new Settings()
  body.resolveStrategy = Closure.DELEGATE_FIRST
  body()
})
def library = new GroovyShell(binding).parse(new File(args[0]))
binding.setVariable('buildhook', { Map options, Closure body -> library.call(options, body) })
new GroovyShell(binding).evaluate(new File(args[1]))
