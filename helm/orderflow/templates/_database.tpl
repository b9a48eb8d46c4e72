{{/* Keys of a component's database Secrets, as YAML. */}}
{{- define "orderflow.databaseKeys" -}}
{{ toYaml (mergeOverwrite (deepCopy .root.Values.postgres.secretKeys) (deepCopy .component.database.secretKeys)) }}
{{- end -}}

{{/* Name of the Secret with the authority of a component's database; empty: there is none. */}}
{{- define "orderflow.databaseCa" -}}
{{ default .root.Values.postgres.tls.caSecret.name .component.database.caSecret }}
{{- end -}}

{{/* Port that a component connects to, as far as the values say it; empty: it is in the Secret. */}}
{{- define "orderflow.databasePort" -}}
{{- $database := .component.database -}}
{{- $values := .root.Values.postgres -}}
{{- $port := default $values.port $database.port -}}
{{- if and (or $port $database.host $values.host) (not (include "orderflow.databaseKeys" . | fromYaml).uri) -}}
{{ include "orderflow.text" (default 5432 $port) }}
{{- end -}}
{{- end -}}

{{/* An environment variable from a key of a Secret: (list name secret key). */}}
{{- define "orderflow.fromSecret" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef: {name: {{ index . 1 }}, key: {{ index . 2 }}}
{{- end -}}

{{/*
How to reach a component's database as the role of `secret`: what pods and migration Jobs share. Passwords may hold any
character: libpq takes the parts from its own variables, and the URL stays empty.
(dict "root" $ "component" component "secret" name "setting" ORDERFLOW_DATABASE_URL or ..._OWNER_URL)
*/}}
{{- define "orderflow.databaseEnv" -}}
{{- $keys := include "orderflow.databaseKeys" . | fromYaml -}}
{{- $database := .component.database -}}
{{- $host := default .root.Values.postgres.host $database.host -}}
{{- if $keys.uri }}
{{ include "orderflow.fromSecret" (list .setting .secret $keys.uri) }}
{{- else }}
{{- if $host }}
- {name: PGHOST, value: {{ $host | quote }}}
{{- else }}
{{ include "orderflow.fromSecret" (list "PGHOST" .secret $keys.host) }}
{{- end }}
{{- with include "orderflow.databasePort" . }}
- {name: PGPORT, value: {{ . | quote }}}
{{- else }}
{{ include "orderflow.fromSecret" (list "PGPORT" .secret $keys.port) }}
{{- end }}
{{- if $database.name }}
- {name: PGDATABASE, value: {{ $database.name | quote }}}
{{- else }}
{{ include "orderflow.fromSecret" (list "PGDATABASE" .secret $keys.dbname) }}
{{- end }}
{{ include "orderflow.fromSecret" (list "PGUSER" .secret $keys.username) }}
{{ include "orderflow.fromSecret" (list "PGPASSWORD" .secret $keys.password) }}
- {name: {{ .setting }}, value: "postgresql://"}
{{- end }}
- {name: PGSSLMODE, value: {{ .root.Values.postgres.tls.mode }}}
{{- if include "orderflow.databaseCa" . }}
- {name: PGSSLROOTCERT, value: /etc/orderflow/postgres/ca.crt}
{{- end }}
{{- end -}}

{{/* The role that the migrations grant tables to: only its name is read. */}}
{{- define "orderflow.runtimeRoleEnv" -}}
{{- $keys := include "orderflow.databaseKeys" . | fromYaml -}}
{{- $secret := .component.database.existingSecret -}}
{{- if $keys.uri }}
{{ include "orderflow.fromSecret" (list "ORDERFLOW_DATABASE_URL" $secret $keys.uri) }}
{{- else }}
{{ include "orderflow.fromSecret" (list "RUNTIME_ROLE" $secret $keys.username) }}
- {name: ORDERFLOW_DATABASE_URL, value: "postgresql://$(RUNTIME_ROLE)@"}
{{- end }}
{{- end -}}
