{{/* Names of the databases that the checker reads: (the root). */}}
{{- define "orderflow.checkedDatabases" -}}
{{- $names := list "orders" "payments" "inventory" "notifications" -}}
{{ ternary (append $names "provider") $names .Values.checker.providerBooks | toJson }}
{{- end -}}

{{/*
A database as the checker reads it: that of the component that owns it, with what `checker.databases` says instead, and a
Secret that has single keys; as YAML, in the shape of a component. (dict "root" $ "name" "orders")
*/}}
{{- define "orderflow.checkedDatabase" -}}
{{- $root := .root -}}
{{- $name := .name -}}
{{- $database := dict -}}
{{- range $component, $facts := include "orderflow.facts" $root | fromYaml -}}
{{- if and $facts.migrates (eq $facts.database $name) -}}
{{- $database = (include "orderflow.component" (dict "root" $root "name" $component) | fromYaml).database -}}
{{- end -}}
{{- end -}}
{{- $own := index $root.Values.checker.databases $name -}}
{{- $_ := set $database "byAddress" (ne "" (include "orderflow.databaseKeys" (dict "root" $root "component" (dict "database" $database)) | fromYaml).uri) -}}
{{- range $key := list "name" "host" "port" "caSecret" -}}
{{- with index $own $key -}}{{- $_ := set $database $key . -}}{{- end -}}
{{- end -}}
{{- range $key, $value := $own.networkPolicy -}}
{{- if $value -}}{{- $_ := set $database.networkPolicy $key $value -}}{{- end -}}
{{- end -}}
{{- $_ := set $database "existingSecret" $own.existingSecret -}}
{{- $_ := set $database.secretKeys "uri" "" -}}
{{ toYaml (dict "database" $database) }}
{{- end -}}

{{/*
Address and login of one database. Each has an authority of its own, so that the parts cannot be libpq's own variables, as
those of a component are. (dict "root" $ "name" "orders" "component" as above)
*/}}
{{- define "orderflow.checkedDatabaseEnv" -}}
{{- $keys := include "orderflow.databaseKeys" . | fromYaml -}}
{{- $database := .component.database -}}
{{- $secret := $database.existingSecret -}}
{{- $prefix := upper .name -}}
{{- $host := default .root.Values.postgres.host $database.host -}}
{{- $port := include "orderflow.databasePort" . -}}
{{- range $part, $key := dict "USER" $keys.username "PASSWORD" $keys.password }}
{{ include "orderflow.fromSecret" (list (printf "%s_%s" $prefix $part) $secret $key) }}
{{- end }}
{{- if not $host }}
{{ include "orderflow.fromSecret" (list (printf "%s_HOST" $prefix) $secret $keys.host) }}
{{- end }}
{{- if not $port }}
{{ include "orderflow.fromSecret" (list (printf "%s_PORT" $prefix) $secret $keys.port) }}
{{- end }}
{{- if not $database.name }}
{{ include "orderflow.fromSecret" (list (printf "%s_DBNAME" $prefix) $secret $keys.dbname) }}
{{- end }}
{{- $parts := list
      (printf "host='%s'" (default (printf "$(%s_HOST)" $prefix) $host))
      (printf "port='%s'" (default (printf "$(%s_PORT)" $prefix) $port))
      (printf "dbname='%s'" (default (printf "$(%s_DBNAME)" $prefix) $database.name))
      (printf "user='$(%s_USER)'" $prefix)
      (printf "password='$(%s_PASSWORD)'" $prefix)
      (printf "sslmode=%s" .root.Values.postgres.tls.mode) }}
{{- if include "orderflow.databaseCa" . }}
{{- $parts = append $parts (printf "sslrootcert=/etc/orderflow/postgres-%s/ca.crt" .name) }}
{{- end }}
- {name: ORDERFLOW_VERIFY_{{ $prefix }}_URL, value: {{ join " " $parts | quote }}}
{{- end -}}

{{/* Containers and volumes of one run: (dict "root" $ "component" whose scheduling it takes "arguments" list). */}}
{{- define "orderflow.checkerPod" -}}
{{- $root := .root -}}
{{- $checker := .root.Values.checker -}}
restartPolicy: Never
{{- with $checker.serviceAccount.name }}
serviceAccountName: {{ . }}
{{- end }}
{{ include "orderflow.podBase" . }}
{{- with $checker.extraInitContainers }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: orderctl
    image: {{ include "orderflow.image" (dict "root" $root "name" "orderctl" "image" $checker.image) }}
    imagePullPolicy: {{ $checker.image.pullPolicy }}
    args: {{ concat (list "verify") .arguments (ternary list (list "--no-provider-books") $checker.providerBooks) $checker.extraArguments | toJson }}
    env:
      {{- range include "orderflow.checkedDatabases" $root | fromJsonArray }}
      {{- $component := include "orderflow.checkedDatabase" (dict "root" $root "name" .) | fromYaml }}
      {{- include "orderflow.checkedDatabaseEnv" (dict "root" $root "name" . "component" $component) | trim | nindent 6 }}
      {{- end }}
      {{- with $checker.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    resources:
      {{- toYaml $checker.resources | nindent 6 }}
    securityContext:
      {{- toYaml .component.securityContext | nindent 6 }}
    {{- with include "orderflow.checkerMounts" . | trim }}
    volumeMounts:
      {{- . | nindent 6 }}
    {{- end }}
{{- with include "orderflow.checkerVolumes" . | trim }}
volumes:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Databases that the checker has an authority for, as a YAML list of (dict "name" "secret"). */}}
{{- define "orderflow.checkerAuthorities" -}}
{{- $root := .root -}}
{{- $found := list -}}
{{- range include "orderflow.checkedDatabases" $root | fromJsonArray -}}
{{- $component := include "orderflow.checkedDatabase" (dict "root" $root "name" .) | fromYaml -}}
{{- $secret := include "orderflow.databaseCa" (dict "root" $root "component" $component) -}}
{{- if $secret -}}{{- $found = append $found (dict "name" . "secret" $secret) -}}{{- end -}}
{{- end -}}
{{ toYaml $found }}
{{- end -}}

{{- define "orderflow.checkerMounts" -}}
{{- range include "orderflow.checkerAuthorities" . | fromYamlArray }}
- {name: postgres-{{ .name }}, mountPath: /etc/orderflow/postgres-{{ .name }}, readOnly: true}
{{- end }}
{{- if .root.Values.checker.incremental.existingClaim }}
- {name: state, mountPath: /var/lib/orderflow}
{{- end }}
{{- with .root.Values.checker.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "orderflow.checkerVolumes" -}}
{{- $root := .root -}}
{{- range include "orderflow.checkerAuthorities" . | fromYamlArray }}
{{ include "orderflow.secretVolume" (dict "volume" (printf "postgres-%s" .name) "secret" .secret "items" (dict "ca.crt" $root.Values.postgres.tls.caSecret.key)) }}
{{- end }}
{{- with .root.Values.checker.incremental.existingClaim }}
- name: state
  persistentVolumeClaim: {claimName: {{ . }}}
{{- end }}
{{- with .root.Values.checker.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "orderflow.problemsOfTheChecker" -}}
{{- $root := . -}}
{{- if .Values.checker.enabled }}
{{- range include "orderflow.checkedDatabases" . | fromJsonArray }}
{{- $component := include "orderflow.checkedDatabase" (dict "root" $root "name" .) | fromYaml }}
{{- if not $component.database.existingSecret }}
checker.databases.{{ . }}.existingSecret: name the Secret with a login that only reads (the role {{ . }}_verify), or set {{ ternary "checker.providerBooks" "checker.enabled" (eq . "provider") }} to false
{{- end }}
{{- $own := index $root.Values.checker.databases . }}
{{- if and $component.database.byAddress (not (and $own.host $own.name)) }}
checker.databases.{{ . }}.host: its component takes host and name from an address in its own Secret (secretKeys.uri); set host and name here
{{- end }}
{{- if and $root.Values.networkPolicy.enabled (eq . "provider") $own.host (not $own.networkPolicy.to) }}
checker.databases.provider.networkPolicy.to: the books are on a host of their own (checker.databases.provider.host); list the peers that are it
{{- end }}
{{- if and (hasPrefix "verify" $root.Values.postgres.tls.mode) (not (include "orderflow.databaseCa" (dict "root" $root "component" $component))) }}
checker.databases.{{ . }}.caSecret: postgres.tls.mode {{ $root.Values.postgres.tls.mode }} compares with an authority; name the Secret that has the one of this server
{{- end }}
{{- if and $root.Values.networkPolicy.enabled (not $root.Values.networkPolicy.postgres.to) (not $component.database.networkPolicy.to) }}
checker.databases.{{ . }}.networkPolicy.to: list the peers that are this server here, or those of all databases in networkPolicy.postgres.to
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
