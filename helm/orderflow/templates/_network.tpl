{{/*
The policy of a Job that is a hook comes before it and goes with it. Without, the Job would run under the policies of the release
before, which know nothing of a new address, or under none.
*/}}
{{- define "orderflow.jobPolicyHook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: "-10"
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/* Selects pods of this release by role: (dict "root" $ "names" list). */}}
{{- define "orderflow.roles" -}}
matchLabels:
  app.kubernetes.io/name: {{ .root.Chart.Name }}
  app.kubernetes.io/instance: {{ .root.Release.Name }}
matchExpressions:
  - {key: app.kubernetes.io/component, operator: In, values: {{ toJson .names }}}
{{- end -}}

{{/* The same as a peer of a rule. */}}
{{- define "orderflow.releasePods" -}}
- podSelector:
    {{- include "orderflow.roles" . | nindent 4 }}
{{- end -}}

{{- define "orderflow.ports" -}}
ports:
  {{- range . }}
  - {protocol: TCP, port: {{ int . }}}
  {{- end }}
{{- end -}}

{{- define "orderflow.egressDns" -}}
{{- with .Values.networkPolicy.dns }}
- to:
    {{- toYaml .to | nindent 4 }}
  ports:
    - {protocol: UDP, port: {{ int .port }}}
    - {protocol: TCP, port: {{ int .port }}}
{{- end }}
{{- end -}}

{{/* A rule to peers that somebody else runs: (dict "peers" list "ports" list). */}}
{{- define "orderflow.egressTo" -}}
- to:
    {{- toYaml .peers | nindent 4 }}
  {{- include "orderflow.ports" .ports | nindent 2 }}
{{- end -}}

{{/* The port of an address, or the one that its scheme stands for: (list address (dict "https" 443)). */}}
{{- define "orderflow.portOf" -}}
{{- $address := index . 0 -}}
{{- $scheme := regexFind "^[a-z]+://" $address | trimSuffix "://" -}}
{{- $authority := $address | trimPrefix (printf "%s://" $scheme) | regexFind "^[^/?#]*" -}}
{{- regexFind ":[0-9]+$" $authority | trimPrefix ":" | default (index (index . 1) $scheme) -}}
{{- end -}}

{{/* Rules to what somebody else runs: the port that the values name, else that of the address which they have. */}}
{{- define "orderflow.egressKafka" -}}
{{- $policy := .Values.networkPolicy.kafka -}}
{{- $ports := $policy.ports -}}
{{- if not $ports -}}
{{- range splitList "," .Values.kafka.bootstrapServers -}}
{{- $ports = append $ports (include "orderflow.portOf" (list (trim .) (dict "" 9092))) -}}
{{- end -}}
{{- end -}}
{{ include "orderflow.egressTo" (dict "peers" $policy.to "ports" (uniq $ports)) }}
{{- end -}}

{{- define "orderflow.egressSmtp" -}}
{{- $policy := .Values.networkPolicy.smtp -}}
{{- $port := default (include "orderflow.portOf" (list .Values.smtp.url (dict "" 25 "smtp" 25 "smtps" 465))) $policy.port -}}
{{ include "orderflow.egressTo" (dict "peers" $policy.to "ports" (list $port)) }}
{{- end -}}

{{- define "orderflow.egressPaymentProvider" -}}
{{- $policy := .Values.networkPolicy.paymentProvider -}}
{{- $port := default (include "orderflow.portOf" (list .Values.paymentProvider.address (dict "" 443))) $policy.port -}}
{{ include "orderflow.egressTo" (dict "peers" $policy.to "ports" (list $port)) }}
{{- end -}}

{{- define "orderflow.egressIdentityProvider" -}}
{{- $policy := .Values.networkPolicy.identityProvider -}}
{{- $port := default (include "orderflow.portOf" (list .Values.auth.keys.url (dict "" 443 "https" 443))) $policy.port -}}
{{ include "orderflow.egressTo" (dict "peers" $policy.to "ports" (list $port)) }}
{{- end -}}

{{/* A rule to a component's database: (dict "root" $ "component" component). */}}
{{- define "orderflow.egressPostgres" -}}
{{- $all := .root.Values.networkPolicy.postgres -}}
{{- $own := .component.database.networkPolicy -}}
{{- $port := coalesce $own.port $all.port (include "orderflow.databasePort" .) 5432 -}}
{{ include "orderflow.egressTo" (dict "peers" (default $all.to $own.to) "ports" (list $port)) }}
{{- end -}}

{{/* Names of the enabled components that call a component. */}}
{{- define "orderflow.callers" -}}
{{- $callers := list -}}
{{- $root := .root -}}
{{- $callee := .name -}}
{{- range $name, $facts := include "orderflow.facts" $root | fromYaml -}}
{{- range $facts.calls -}}
{{- if and (eq .component $callee) (include "orderflow.enabled" (dict "root" $root "name" $name)) -}}
{{- $callers = append $callers $name -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{ toJson $callers }}
{{- end -}}

{{- define "orderflow.ingressRules" -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $callers := append (include "orderflow.callers" . | fromJsonArray) "helm-test" -}}
{{- $grpc := concat $policy.operators.from (ternary $policy.clients.from list (eq .name "order-service")) }}
- from:
    {{- include "orderflow.releasePods" (dict "root" .root "names" $callers) | nindent 4 }}
    {{- with $grpc }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- include "orderflow.ports" (list .component.facts.grpcPort) | nindent 2 }}
{{- with $policy.monitoring.from }}
- from:
    {{- toYaml . | nindent 4 }}
  {{- include "orderflow.ports" (list $.component.facts.adminPort) | nindent 2 }}
{{- end }}
{{- if and .component.facts.webhookPort .root.Values.paymentProvider.webhooks.existingSecret }}
{{- $simulator := include "orderflow.enabled" (dict "root" .root "name" "payment-provider-simulator") }}
{{- if or $policy.webhooks.from $simulator }}
- from:
    {{- if $simulator }}
    {{- include "orderflow.releasePods" (dict "root" .root "names" (list "payment-provider-simulator")) | nindent 4 }}
    {{- end }}
    {{- with $policy.webhooks.from }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- include "orderflow.ports" (list .component.facts.webhookPort) | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "orderflow.egressRules" -}}
{{- $root := .root -}}
{{- include "orderflow.egressDns" $root }}
{{ include "orderflow.egressPostgres" . }}
{{- if .root.Values.auth.keys.url }}
{{ include "orderflow.egressIdentityProvider" $root }}
{{- end }}
{{- include "orderflow.tracingEgress" . }}
{{- if .component.facts.kafka }}
{{ include "orderflow.egressKafka" $root }}
{{- end }}
{{- range .component.facts.calls }}
{{- if include "orderflow.enabled" (dict "root" $root "name" .component) }}
- to:
    {{- include "orderflow.releasePods" (dict "root" $root "names" (list .component)) | nindent 4 }}
  {{- include "orderflow.ports" (list (index (include "orderflow.facts" $root | fromYaml) .component).grpcPort) | nindent 2 }}
{{- else if eq .component "payment-provider-simulator" }}
{{ include "orderflow.egressPaymentProvider" $root }}
{{- end }}
{{- end }}
{{- if eq .name "notification-service" }}
{{ include "orderflow.egressSmtp" $root }}
{{- end }}
{{- if and (eq .name "payment-provider-simulator") $root.Values.paymentProvider.webhooks.existingSecret }}
- to:
    {{- include "orderflow.releasePods" (dict "root" $root "names" (list "payment-service")) | nindent 4 }}
  {{- include "orderflow.ports" (list (index (include "orderflow.facts" $root | fromYaml) "payment-service").webhookPort) | nindent 2 }}
{{- end }}
{{- end -}}
